"""The crash points: at each named place the process is killed at its first and second coming; then the act is repeated.

    python -m faults.crash --history FILE [--clocks N] [--once]

`--once` takes the first coming at one place and the second at the next, in turn.
Each case runs in a forked child, which the kernel kills by SIGKILL inside a real transaction. The portal's processes are
not running yet, so nobody else can put things right.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

import django

django.setup()

from django.db import connection, connections
from django.utils import timezone

from faults.history import History
from faults.people import People, find_people
from faults.seeds import change_calendar, seed
from lifecycle.services import cases
from park.accounts.models import Enterprise
from park.deadlines import redating
from park.deadlines import services as clocks
from park.deadlines.enums import PauseReason, Source
from park.deadlines.models import CalendarChange, ChangeState, Clock, Extension
from park.deadlines.sweep import sweep
from park.events import consumers
from park.notices import outbox
from park.runtime import failpoints
from profiles.criteria import parse
from profiles.models import TagRule
from profiles.services import imports, tag_rules, tags
from tests.profiles import tables

HITS = (1, 2)
IMPORTED = 3
JUDGED_RULE = "large"
BATCH = 10  # several batches, so that each place is passed more than once
REDATE = ("redate.held", "redate.moved", "redate.committed")
SWEEP = ("sweep.begun", "sweep.asked", "sweep.fired", "sweep.committed", "sweep.beaten")
CHANNELS = ("outbox.sent.email", "outbox.sent.sms", "outbox.sent.webhook")
OUTBOX = ("outbox.leased", "outbox.lease_committed", *CHANNELS, "outbox.marked")
SUBMIT = ("submit.held", "submit.saved", "submit.recorded", "submit.opened")
PAUSE = ("pause.breach_recorded", "pause.moved", "pause.recorded")
RESUME = ("resume.closed", "resume.saved", "resume.recorded")
EXTEND = ("extension.decided", "extension.moved", "extension.recorded")
REOPEN = ("reopen.moved", "reopen.recorded", "reopen.breach_recorded")
IMPORT = ("import.held", "import.admitted", "import.worked", "import.committed")
TAGS = ("tags.held", "tags.judged", "tags.committed")
# The calendar first, while there are no other clocks that it would move.
POINTS = (*REDATE, *SWEEP, *OUTBOX, *SUBMIT, *PAUSE, *RESUME, *EXTEND, *REOPEN, *IMPORT, *TAGS)
LEASES_RUN_OUT = """
UPDATE notices_outboxmessage SET available_at = least(available_at, statement_timestamp()),
    lease_until = least(lease_until, statement_timestamp() - interval '1 ms')
WHERE delivered_at IS NULL AND NOT is_dead
"""


def time_passes() -> None:
    """Instead of waiting for the lease of a dead process, for the next attempt, or for the office to open."""
    with connection.cursor() as cursor:
        cursor.execute(LEASES_RUN_OUT)


def killed_at(point: str, hit: int, act: Callable[[], object]) -> bool:
    """Do the act in a child that dies at the given coming to the point; False when it never came there."""
    connection.close()
    child = os.fork()
    if child == 0:
        _leave_connections_to_the_parent()
        failpoints.arm({"FAILPOINT": f"{point}:{hit}", "FAILPOINT_CONFIRM": failpoints.CONFIRM})
        try:
            act()
        except BaseException:
            # The parent sees only that the child was not killed; without this nobody would learn why.
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _leave_connections_to_the_parent() -> None:
    """A child opens its own. Django keeps apart those of an event loop, so more may be open than the one closed above."""
    for alias in connections:
        with suppress(AttributeError):
            del connections[alias]


class Matrix:
    def __init__(self, people: People, history: History, count: int, *, once: bool = False) -> None:
        self.people, self.history, self.count, self.once = people, history, count, once

    def run(self) -> list[str]:
        """Every point at every hit; the names of the cases that were never reached."""
        missed = []
        for place, point in enumerate(POINTS):
            for hit in (HITS[place % len(HITS)],) if self.once else HITS:
                name = f"{point}:{hit}"
                act, repeat = self._case(point, f"crash {name}")
                if killed_at(point, hit, act):
                    self.history.write("died", at=name)
                else:
                    missed.append(name)
                time_passes()
                repeat()
        self._tidy()
        return missed

    def _case(self, point: str, label: str) -> tuple[Callable[[], object], Callable[[], object]]:
        """What is done and killed, and what is done afterwards by somebody else."""
        if point in SWEEP:
            self._seed(self.count, label)
            return self._sweep, self._sweep
        if point in OUTBOX:
            # The breach is the last that has passed: it alone goes to everybody by every channel.
            first, number = timezone.now() - timedelta(hours=3.5), self._number()
            gaps = (3600.0, 3600.0)
            seed(self.people, self.history, 3, first=first, gaps=gaps, loud=True, label=label, number=number)
            self._sweep()
            time_passes()
            return self._deliver, self._deliver
        if point in SUBMIT:
            return self._submissions()
        if point in IMPORT:
            return self._imports()
        if point in TAGS:
            return self._judgements()
        if point in REDATE:
            self._seed(self.count, label, days=(3,))
            return self._change_calendar, self._redate
        held = self._seed(4, label, past=point in {*PAUSE, *REOPEN})
        before, act = {
            "pause": (None, self._pause),
            "resume": (self._pause, self._resume),
            "extension": (self._ask, self._grant),
            "reopen": (self._stop, self._reopen),
        }[point.partition(".")[0]]
        if before:
            self._each(held, before)
        return lambda: self._each(held, act), lambda: self._each(held, act)

    def _seed(self, count: int, label: str, *, past: bool = True, days: tuple[int, ...] = (3, 30)) -> list[int]:
        first = timezone.now() - timedelta(seconds=40) if past else timezone.now() + timedelta(days=2)
        number = self._number()
        return seed(self.people, self.history, count, first=first, gaps=(4, 6), label=label, number=number, days=days)

    def _number(self) -> int:
        return Clock.objects.count()

    def _sweep(self) -> None:
        # To the end, as the next beat would.
        while sweep(source=Source.COMMAND, batch=BATCH).clocks:
            pass

    def _deliver(self) -> None:
        outbox.deliver()

    def _each(self, held: list[int], act: Callable[[Clock], None]) -> None:
        for clock in Clock.objects.filter(pk__in=held).order_by("pk"):
            try:
                act(clock)
            except clocks.ClockMoved:
                continue  # done before the crash

    def _pause(self, clock: Clock) -> None:
        clocks.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=timezone.now())

    def _resume(self, clock: Clock) -> None:
        clocks.resume(clock, by=None, now=timezone.now())

    def _ask(self, clock: Clock) -> None:
        clocks.ask_extension(clock, amount=2, reason="材料较多", by=self.people.leaving[0].user, now=timezone.now())

    def _grant(self, clock: Clock) -> None:
        asked = Extension.objects.get(clock=clock)
        clocks.decide_extension(asked, grant=True, by=self.people.manager, now=timezone.now())

    def _stop(self, clock: Clock) -> None:
        clocks.stop(clock, by=None, now=timezone.now())

    def _reopen(self, clock: Clock) -> None:
        clocks.reopen(clock, by=self.people.manager, now=timezone.now(), reason="尚未办结")

    def _change_calendar(self) -> None:
        # Both ways, each in one batch and the look that ends it, so that each place is passed twice.
        for _hit in HITS:
            change_calendar(self.people, timezone.now())
            self._redate()

    def _redate(self) -> None:
        for change in CalendarChange.objects.filter(state=ChangeState.RUNNING):
            redating.apply_all(change, timezone.now())

    def _submissions(self) -> tuple[Callable[[], object], Callable[[], object]]:
        drafts = [self.people.complete_draft() for _ in HITS]

        def submit() -> None:
            for case, by in drafts:
                cases.submit_case(case, by=by, now=timezone.now())

        def again() -> None:
            submit()
            for case, _by in drafts:
                self.history.write("ack", what="submit", uid=str(case.uid))

        return submit, again

    def _imports(self) -> tuple[Callable[[], object], Callable[[], object]]:
        """Tables of enterprises, looked through already; each place is passed once for each of them."""
        runs = []
        for place, _hit in enumerate(HITS):
            first = Enterprise.objects.count() + place * IMPORTED
            rows = [
                (tables.code(700_000 + first + n), f"试验导入 {first + n} 号", 2025, 100 + n) for n in range(IMPORTED)
            ]
            book = tables.workbook([(tables.CODE, tables.NAME, tables.YEAR, tables.REVENUE), *rows])
            run = imports.receive_import(file_name="试验.xlsx", stream=book, by=self.people.manager, now=timezone.now())
            self.history.write("import", run=run.pk, codes=[row[0] for row in rows])
            runs.append(run)
        self._work_off()
        for run in runs:
            imports.apply_import(run, by=self.people.manager, now=timezone.now())
        return self._work_off, self._work_off

    def _work_off(self) -> None:
        while imports.work_off(timezone.now()):
            pass

    def _judgements(self) -> tuple[Callable[[], object], Callable[[], object]]:
        """A rule that changes twice, so that each place is passed twice, and files that follow it."""
        rule = TagRule.objects.get(code=JUDGED_RULE)
        self.history.write("rule", code=rule.code)

        def change() -> None:
            for least in (10**12, 0):
                criterion = parse({"fact": "revenue_cny", "op": "gte", "value": least})
                tag_rules.save_rule(rule, criterion, is_active=True, by=self.people.manager, now=timezone.now())

        return change, lambda: tags.catch_up(timezone.now())

    def _tidy(self) -> None:
        """What the beats would do next: sweep, seal, react, deliver."""
        self._sweep()
        consumers.react()
        time_passes()
        self._deliver()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.crash")
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--clocks", type=int, default=50)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    missed = Matrix(find_people(), History(given.history), given.clocks, once=given.once).run()
    for name in missed:
        print(f"never reached: {name}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
