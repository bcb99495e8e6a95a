"""Processes of their own on this process's database, which do their shares of a work from a common start."""

import multiprocessing
import os
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self


class Workers:
    """Use as a context: the processes are up when it begins and gone when it ends."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> Self:
        # Not above: the processes import this module before they know which database to look for.
        from tests.processes.rig import own_database_url

        # Not forked: a connection to the database cannot be shared.
        apart = multiprocessing.get_context("spawn")
        environment = {"DATABASE_URL": own_database_url()}
        self._pipes, self._processes = [], []
        for _ in range(self.count):
            here, there = apart.Pipe()
            process = apart.Process(target=_serve, args=(there, environment), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(timeout=10)
            process.kill()

    def at_once(self, function: Callable[..., Any], *arguments: Any, shared: bool = False) -> list[Any]:
        """Let all of them call a function of a module at the same time; their answers.

        With `shared` each is also told which share of the work is its own: a number from 0, and of how many.
        """
        for number, pipe in enumerate(self._pipes):
            pipe.send((function, (*arguments, *((number, self.count) if shared else ()))))
        answers = [pipe.recv() for pipe in self._pipes]
        if failed := [answer for answer in answers if isinstance(answer, _Failure)]:
            raise AssertionError(f"a process failed: {failed[0].text}")
        return answers


class _Failure:
    def __init__(self, text: str) -> None:
        self.text = text


def _serve(pipe: Connection, environment: dict[str, str]) -> None:
    """Until the other end is closed. What is called is imported here, when the settings can find the database."""
    os.environ.update(environment)
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(function(*arguments))
        except Exception:
            pipe.send(_Failure(traceback.format_exc()))
