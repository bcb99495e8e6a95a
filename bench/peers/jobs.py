"""Jobs of procrastinate, a queue in PostgreSQL: seconds that workers need for jobs which do nothing at all.

With `--work` it is one of the workers: it is told the address of the database, which is no business of whoever may read
command lines; it says when it is ready, begins when it is told to, and says when nothing is left.
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import procrastinate

TABLES_MISSING = "SELECT to_regclass('procrastinate_jobs') IS NULL AS answer"
SUCCEEDED = "SELECT count(*) AS answer FROM procrastinate_jobs WHERE status = 'succeeded'"


def make_app(address: str) -> procrastinate.App:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=address))

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        pass

    return app


async def prepare(address: str, jobs: int) -> None:
    """Jobs that wait, in tables without any others."""
    app = make_app(address)
    async with app.open_async():
        if await _ask(app, TABLES_MISSING):
            await app.schema_manager.apply_schema_async()
        await app.connector.execute_query_async("TRUNCATE procrastinate_jobs CASCADE")
        await app.configure_task("nothing").batch_defer_async(*({"number": number} for number in range(jobs)))
        await app.connector.execute_query_async("ANALYZE procrastinate_jobs, procrastinate_events")


async def succeeded(address: str) -> int:
    app = make_app(address)
    async with app.open_async():
        return await _ask(app, SUCCEEDED)


async def _ask(app: procrastinate.App, query: str) -> Any:
    return (await app.connector.execute_query_one_async(query))["answer"]


async def work() -> None:
    app = make_app(sys.stdin.readline().strip())
    async with app.open_async():
        print("ready", flush=True)
        sys.stdin.readline()
        await app.run_worker_async(wait=False, install_signal_handlers=False)
        print("done", flush=True)


def measure(given: dict[str, Any]) -> dict[str, Any]:
    asyncio.run(prepare(given["address"], given["jobs"]))
    command = [sys.executable, __file__, "--work"]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(given["workers"])
    ]
    _tell(workers, given["address"])
    began = time.perf_counter()
    _tell(workers, "go")
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.communicate()
    return {"seconds": seconds, "done": asyncio.run(succeeded(given["address"]))}


def _tell(workers: list[subprocess.Popen], line: str) -> None:
    """Say something to all of them, and wait until all have answered."""
    for worker in workers:
        worker.stdin.write(f"{line}\n")
        worker.stdin.flush()
    for worker in workers:
        worker.stdout.readline()


if __name__ == "__main__":
    # procrastinate wants its app in a module that can be imported.
    import jobs

    if "--work" in sys.argv:
        asyncio.run(jobs.work())
    else:
        json.dump(jobs.measure(json.load(sys.stdin)), sys.stdout)
