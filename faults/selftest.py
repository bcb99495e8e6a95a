"""Checks the checker: each known harm is done to a copy of a sound database, and must be seen for what it is.

    python -m faults.selftest --history FILE

One line for each harm; ends with 1 when one was overlooked, or when the sound database is not found sound.
"""

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

import django

django.setup()

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils import timezone

from faults.crash import time_passes
from faults.harms import HARMS, Harm, Trial
from faults.history import History
from faults.people import People, find_people
from faults.seeds import change_calendar, seed
from lifecycle.models import MaterialVersion
from lifecycle.services import cases
from park.deadlines import redating
from park.deadlines import services as clocks
from park.deadlines.enums import Source
from park.deadlines.models import Clock
from park.deadlines.sweep import sweep
from park.events import consumers
from park.notices import outbox
from park.team.models import Specialist


def make_sound(past: History) -> None:
    """A few clocks that have fired all they had, some extended or reopened, and one submission; all told and delivered."""
    people, first = find_people(), timezone.now() - timedelta(minutes=1)
    for number, loud in ((0, True), (1000, False)):
        seed(people, past, 6, first=first, gaps=(1, 6), number=number, loud=loud, label="sound")
    # The head of their department is away.
    away = [desk for desk in people.quiet if desk.responsible == Specialist.objects.get(user__username="trial-sub").pk]
    seed(people, past, 2, first=first, gaps=(1, 6), number=1500, whom=away, label="head away")
    _sweep()
    # A breach that has just happened goes to the reviewer too, by every channel.
    seed(
        people,
        past,
        3,
        first=timezone.now() - timedelta(minutes=7),
        gaps=(120, 120),
        number=2000,
        loud=True,
        label="now",
    )
    _sweep()
    acts = Acts(people, past)
    for number, days in ((3000, 3), (4000, 30)):
        # One warning is out, all else is to come within three seconds, when more time is granted.
        soon = timezone.now() - timedelta(seconds=0.5)
        extended = seed(people, past, 3, first=soon, gaps=(1, 1), number=number, label="extended", days=(days,))
        _sweep()
        acts.extend(extended)
    reopened = seed(people, past, 3, first=first, gaps=(1, 6), number=5000, label="reopened")
    _sweep()
    acts.reopen(reopened)
    seed(people, past, 3, first=first, gaps=(1, 6), number=6000, label="dated anew", days=(3,))
    _sweep()
    time.sleep(0.1)  # the clocks are in the history before the change is made
    redating.apply_all(change_calendar(people, timezone.now()), timezone.now())
    _sweep()
    case, by = people.complete_draft()
    cases.submit_case(case, by=by, now=timezone.now())
    past.write("ack", what="submit", uid=str(case.uid))
    for version in MaterialVersion.objects.filter(material__case=case).select_related("document"):
        past.write("ack", what="version", uid=str(case.uid), version=version.pk, sha256=version.document.sha256)
    consumers.react()
    time_passes()
    outbox.deliver()
    connection.close()


class Acts:
    """Acts on clocks that are written down as the workload does."""

    def __init__(self, people: People, past: History) -> None:
        self.people, self.past, self.count = people, past, 0

    def extend(self, held: list[int]) -> None:
        for clock in Clock.objects.filter(pk__in=held):
            by, manager = self.people.leaving[0].user, self.people.manager
            with self._written("ask", clock):
                asked = clocks.ask_extension(clock, amount=2, reason="材料较多", by=by, now=timezone.now())
            with self._written("grant", clock):
                clocks.decide_extension(asked, grant=True, by=manager, now=timezone.now())

    def reopen(self, held: list[int]) -> None:
        for clock in Clock.objects.filter(pk__in=held):
            with self._written("stop", clock):
                clocks.stop(clock, by=None, now=timezone.now())
            with self._written("reopen", clock):
                clocks.reopen(clock, by=self.people.manager, now=timezone.now(), reason="尚未办结")

    @contextlib.contextmanager
    def _written(self, what: str, clock: Clock) -> Iterator[None]:
        self.count += 1
        self.past.write("invoke", op=self.count, what=what, clock=clock.pk)
        yield
        ladder = [at.isoformat() if at else None for at in clock.ladder_at]
        self.past.write("ok", op=self.count, revision=clock.revision, ladder=ladder)


def _sweep() -> None:
    while sweep(source=Source.COMMAND, batch=5).clocks:
        pass


@contextlib.contextmanager
def copy_of(url: str, name: str) -> Iterator[str]:
    """A copy of the database of `url`, gone afterwards."""
    parts = urlsplit(url)
    around = parts._replace(path="/template1").geturl()
    with contextlib.closing(psycopg2.connect(around)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {parts.path.strip('/')}")
            try:
                yield parts._replace(path=f"/{name}").geturl()
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.selftest")
    parser.add_argument("--history", type=Path, required=True)
    given = parser.parse_args()
    past = History(given.history)
    make_sound(past)
    url, mail, media = os.environ["DATABASE_URL"], Path(settings.EMAIL_FILE_PATH), Path(settings.MEDIA_ROOT)
    overlooked = 0
    for number, harm in enumerate((Harm("nothing", lambda _trial: None, ""), *HARMS)):
        folder = given.history.parent / f"copy-{number}"
        folder.mkdir()
        with copy_of(url, f"copy_{number}") as own:
            trial = Trial(own, folder, given.history, mail=mail, media=media)
            harm.do(trial)
            verdict = trial.check()
        shutil.rmtree(folder)
        is_right = verdict.counts.get(harm.seen_as, 0) > 0 or any(harm.seen_as in line for line in verdict.wrong)
        if not harm.seen_as:
            is_right = verdict.is_clean
        overlooked += not is_right
        print(f"{'seen' if is_right else 'OVERLOOKED'}: {harm.name}", flush=True)
        if not is_right:
            print("\n".join(["", *verdict.wrong]), flush=True)
    return 1 if overlooked else 0


if __name__ == "__main__":
    sys.exit(main())
