"""What the portal has to do meanwhile: applications over HTTP, clocks falling due every second, acts on them at any moment,
people who go absent, and people who change their minds about what reaches them where."""

import itertools
import os
import random
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

import django

django.setup()

from django.db import DataError, Error, IntegrityError, ProgrammingError, connection
from django.utils import timezone

from faults.applications import Applicants
from faults.caller import GivenUp
from faults.ground import Ground
from faults.history import History
from faults.people import LEAVING, People, find_people
from faults.seeds import change_calendar, seed
from park.deadlines import services as clocks
from park.deadlines.enums import PauseReason
from park.deadlines.models import CalendarChange, ChangeState, Clock, Extension
from park.notices import services as notices
from park.notices.models import Channel, Topic

INSTANT = 0.05  # seconds around a deadline in which the races are run
LOUD = 0.06
FAR_AWAY = timedelta(days=1)
# A change draws the ladders of all open clocks anew, by days and not by seconds, as long as it is worked off.
CALENDAR_EVERY = (120.0, 180.0)
# What the database refuses is no fault of a machine.
OUR_OWN = (IntegrityError, DataError, ProgrammingError)


class Workload:
    """Threads that work until `stop`; everything they do and hear goes into the history."""

    def __init__(
        self,
        ground: Ground,
        history: History,
        seed_number: int,
        *,
        rate: int,
        clients: int,
        gaps: tuple[float, float],
        changes_calendar: bool,
    ) -> None:
        self.ground, self.history, self.rate, self.gaps = ground, history, rate, gaps
        self.people: People = find_people()
        self.stop_asked = threading.Event()
        kinds = ("applications", "acts", "races", "changes of people", "changes of the calendar", "given up")
        self.tally = dict.fromkeys(kinds, 0)
        self._ops = itertools.count(1)
        self._numbers = itertools.count(1_000_000)
        self._recent: deque[tuple[int, datetime]] = deque(maxlen=400)
        self._paused: deque[int] = deque()
        self._done: deque[int] = deque()
        self._asked: deque[Extension] = deque()
        self._present = list(range(LEAVING))
        dice = random.Random(seed_number)
        work: list[tuple[Any, random.Random]] = [(self._seed_clocks, random.Random(dice.random()))]
        work += [(self._act_on_clocks, random.Random(dice.random()))]
        work += [(self._ask_for_time, random.Random(dice.random()))]
        work += [(self._race, random.Random(dice.random()))]
        work += [(self._change_people, random.Random(dice.random()))]
        applicants = Applicants(ground, self.people, history, self.stop_asked, self.tally)
        work += [(applicants.apply, random.Random(dice.random())) for _ in range(clients)]
        if changes_calendar:
            work += [(self._change_calendar, random.Random(dice.random()))]
        self._threads = [
            threading.Thread(target=self._guarded, args=(target, own), name=target.__name__, daemon=True)
            for target, own in work
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.stop_asked.set()
        for thread in self._threads:
            thread.join(30)

    def _guarded(self, work: Any, dice: random.Random) -> None:
        while not self.stop_asked.is_set():
            try:
                work(dice)
            except GivenUp:
                self.tally["given up"] += 1
            except Exception as error:
                if isinstance(error, Error) and not isinstance(error, OUR_OWN):
                    self.stop_asked.wait(0.5)
                    continue
                # An answer that no fault explains: for the checker to name.
                self.history.write("surprise", where=work.__name__, error=repr(error)[:500])
                self.stop_asked.wait(0.5)
            finally:
                connection.close()

    # -- clocks -----------------------------------------------------------------------------------------------------

    def _seed_clocks(self, dice: random.Random) -> None:
        """A handful every second, the first rung within seconds; a few fall due in days, for the jumps of the clock."""
        far = dice.random() < 0.1
        first = timezone.now() + (FAR_AWAY if far else timedelta(seconds=dice.uniform(0.5, 6)))
        made = seed(
            self.people,
            self.history,
            self.rate,
            first=first,
            gaps=(3600, 7200) if far else self.gaps,
            spread=2.0,
            number=next(self._numbers) * 1000,
            loud=dice.random() < LOUD,
            dice=dice,
        )
        self._recent.extend(Clock.objects.filter(pk__in=made).values_list("pk", "due_at"))
        self.stop_asked.wait(1.0)

    def _act_on_clocks(self, dice: random.Random) -> None:
        """Somebody pauses, resumes, finishes or cancels a clock, or takes back that it was done."""
        luck = dice.random()
        if self._paused and luck < 0.35:
            self._act("resume", self._paused.popleft())
        elif self._done and luck < 0.5:
            self._act("reopen", self._done.popleft())
        elif self._recent:
            clock, _due = dice.choice(self._recent)
            self._act(dice.choice(("pause", "stop", "stop", "cancel")), clock)
        self.stop_asked.wait(dice.uniform(0.1, 0.5))

    def _ask_for_time(self, dice: random.Random) -> None:
        """Somebody asks for more time before a clock is due; it is granted or refused soon, or at the last moment (races)."""
        now = timezone.now()
        early = [clock for clock, due in list(self._recent) if due > now + timedelta(seconds=1)]
        if early:
            self._act("ask", dice.choice(early), amount=dice.randint(1, 3))
        if self._asked and dice.random() < 0.6:
            asked = self._asked.popleft()
            self._act("grant" if dice.random() < 0.8 else "refuse", asked.clock_id, asked=asked)
        self.stop_asked.wait(dice.uniform(0.2, 0.8))

    def _race(self, dice: random.Random) -> None:
        """The same within ±50 ms of the very instant at which the clock is due."""
        now = timezone.now()
        near = [
            (c, due) for c, due in list(self._recent) if now < due - timedelta(seconds=0.2) < now + timedelta(seconds=4)
        ]
        if not near:
            self.stop_asked.wait(0.3)
            return
        clock, due = dice.choice(near)
        asked = next((asked for asked in list(self._asked) if asked.clock_id == clock), None)
        at = due + timedelta(seconds=dice.uniform(-INSTANT, INSTANT))
        self.stop_asked.wait(max(0.0, (at - timezone.now()).total_seconds()))
        self.tally["races"] += 1
        if asked is not None:
            self._act("grant", clock, asked=asked)
        else:
            self._act(dice.choice(("stop", "pause")), clock)

    def _act(self, what: str, pk: int, *, amount: int = 1, asked: Extension | None = None) -> None:
        op = next(self._ops)
        self.history.write("invoke", op=op, what=what, clock=pk)
        now, clock, people = timezone.now(), Clock(pk=pk), self.people
        try:
            if what == "pause":
                clocks.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=now)
                self._paused.append(pk)
            elif what == "resume":
                clocks.resume(clock, by=None, now=now)
            elif what == "stop":
                clocks.stop(clock, by=None, now=now)
                self._done.append(pk)
            elif what == "reopen":
                clocks.reopen(clock, by=people.manager, now=now, reason="尚未办结")
            elif what == "ask":
                by = people.leaving[0].user
                self._asked.append(clocks.ask_extension(clock, amount=amount, reason="材料较多", by=by, now=now))
            elif asked is not None:
                fresh = Extension.objects.select_related("clock").get(pk=asked.pk)
                clock = fresh.clock
                clocks.decide_extension(fresh, grant=what == "grant", by=people.manager, now=now)
            else:
                clocks.cancel(clock, by=None, now=now)
        except (clocks.ClockMoved, clocks.Refused):
            self.history.write("fail", op=op)
        except Error as error:
            self.history.write("info", op=op, error=type(error).__name__)
            if what == "resume":
                self._paused.append(pk)
            raise
        else:
            self.tally["acts"] += 1
            # The dates as the answer gave them: a later act may change them again.
            ladder = [at.isoformat() if at else None for at in clock.ladder_at]
            self.history.write("ok", op=op, revision=clock.revision, ladder=ladder)

    # -- people -----------------------------------------------------------------------------------------------------

    def _change_people(self, dice: random.Random) -> None:
        """Somebody goes absent, or changes what reaches them where."""
        self.stop_asked.wait(dice.uniform(2, 5))
        if self._present and dice.random() < 0.5:
            number = self._present.pop(dice.randrange(len(self._present)))
            self._change("absent", lambda: self.people.go_absent(number))
            return
        user, is_on, now = self.people.specialist.user, dice.random() < 0.6, timezone.now()
        channel = dice.choice((Channel.EMAIL, Channel.SMS, Channel.WEBHOOK))
        if channel == Channel.WEBHOOK:
            address = self.people.webhook()
            self._change(channel, lambda: notices.switch_address(address=address, is_active=is_on, by=user, now=now))
        else:
            wanted = {(str(Topic.DEADLINES), str(channel)): is_on}
            self._change(channel, lambda: notices.set_preferences(user=user, wanted=wanted, now=now))

    def _change_calendar(self, dice: random.Random) -> None:
        """A day within the limit of most clocks becomes a day off, and later is worked again; once the last is worked off."""
        self.stop_asked.wait(dice.uniform(*CALENDAR_EVERY) if self.tally["changes of the calendar"] else 20)
        if self.stop_asked.is_set() or CalendarChange.objects.filter(state=ChangeState.RUNNING).exists():
            return
        self._change("calendar", lambda: change_calendar(self.people, timezone.now()))
        self.tally["changes of the calendar"] += 1

    def _change(self, what: str, act: Callable[[], object]) -> None:
        op = next(self._ops)
        self.history.write("invoke", op=op, what=what)
        try:
            act()
        except Error as error:
            self.history.write("info", op=op, error=type(error).__name__)
            raise
        self.tally["changes of people"] += 1
        self.history.write("ok", op=op)
