"""What the portal has to do meanwhile: applications over HTTP, clocks falling due every second, acts on them at any moment,
people who go absent, and people who change their minds about what reaches them where."""

import hashlib
import itertools
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

import django

django.setup()

from django.db import DataError, Error, IntegrityError, ProgrammingError, connection
from django.utils import timezone

from faults.caller import Caller, GivenUp
from faults.ground import Ground
from faults.history import History
from faults.people import LEAVING, People, find_people
from faults.seeds import change_calendar, seed
from park.deadlines import services as clocks
from park.deadlines.enums import PauseReason
from park.deadlines.models import CalendarChange, ChangeState, Clock, Extension
from park.notices import services as notices
from park.notices.models import Channel, Topic
from tests.cast import ANSWERS, PDF

MATERIALS = ("MAT-REGF", "MAT-ART", "MAT-SHQ", "MAT-POST", "MAT-DOM")
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
        self.tally: dict[str, int] = {
            "applications": 0,
            "acts": 0,
            "races": 0,
            "changes of people": 0,
            "changes of the calendar": 0,
        }
        self.tally |= {"given up": 0}
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
        work += [(self._apply, random.Random(dice.random())) for _ in range(clients)]
        if changes_calendar:
            work += [(self._change_calendar, random.Random(dice.random()))]
        self._threads = [
            threading.Thread(target=self._guarded, args=(target, own), name=target.__name__, daemon=True)
            for target, own in work
        ]
        staff = {"reviewer": self.people.specialist, "head": self.people.head, "partner": self.people.partner}
        self.tokens = {name: self.people.token(person.user) for name, person in staff.items()}

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

    # -- applications -----------------------------------------------------------------------------------------------

    def _apply(self, dice: random.Random) -> None:
        """One company from its first page to the registration that is confirmed, taken back and confirmed again.

        On the way more time is asked for and granted, and the case is sent back once for a correction.
        """
        founder, _enterprise = self.people.founders()
        ours = Caller(self.ground.port, self.people.token(founder), self.stop_asked)
        park, head, partner = (
            Caller(self.ground.port, self.tokens[name], self.stop_asked) for name in ("reviewer", "head", "partner")
        )
        connection.close()
        _status, case = ours.insist("POST", "/cases/", {"procedure": "REG-01"})
        uid, url = case["uid"], f"/cases/{case['uid']}"
        sha256 = ours.get(f"{url}/agreement/")["sha256"]
        ours.insist("POST", f"{url}/agreement/sign/", {"sha256": sha256})
        task = self._task(park, uid, "SIGN", founder)
        park.insist("POST", f"/tasks/{task}/claim/")
        park.insist("POST", f"/tasks/{task}/sign/", {"sha256": sha256})
        ours.insist("PATCH", f"{url}/", {"answers": ANSWERS})
        for code in MATERIALS:
            self._hand_in(ours, uid, code, dice)
        self._acknowledge("submit", uid, ours.insist("POST", f"{url}/submit/"), {"submitted"}, ours)
        task = self._task(park, uid, "N2", founder)
        park.insist("POST", f"/tasks/{task}/claim/")
        self._more_time(park, head, uid, task)
        listed = ours.get(f"{url}/materials/")
        verdicts = [{"material": row["id"], "verdict": "accepted"} for row in listed]
        wrong = {"material": listed[0]["id"], "verdict": "correction", "text": "请补签法定代表人姓名。"}
        park.insist("POST", f"/tasks/{task}/verdicts/", {"verdicts": [wrong, *verdicts[1:]]})
        self._acknowledge("correct", uid, park.insist("POST", f"/tasks/{task}/correct/"), {"correction"}, ours)
        self._hand_in(ours, uid, listed[0]["requirement"], dice)
        self._acknowledge("answer", uid, ours.insist("POST", f"{url}/correction/answer/"), {"submitted"}, ours)
        park.insist("POST", f"/tasks/{task}/verdicts/", {"verdicts": verdicts})
        self._acknowledge("pass", uid, park.insist("POST", f"/tasks/{task}/pass/", {"note": ""}), {"accepted"}, ours)
        task = self._task(partner, uid, "N8", founder)
        partner.insist("POST", f"/tasks/{task}/claim/")
        for act, state in (("confirm", "done"), ("reopen", "claimed"), ("confirm", "done")):
            body = {"reason": "尚未办结"} if act == "reopen" else {"note": "已登记"}
            self._acknowledge(
                f"task {act}", uid, partner.insist("POST", f"/tasks/{task}/{act}/", body), {state}, partner, task
            )
        self.tally["applications"] += 1

    def _task(self, park: Caller, uid: str, node: str, founder: Any) -> int:
        """The task's number, as the queue of the department shows it."""
        while not self.stop_asked.is_set():
            rows = park.get(f"/tasks/?scope=department&text={founder.username.rpartition('founder-')[2]}")["results"]
            for row in rows:
                if row["case"] == uid and row["node"] == node:
                    return row["id"]
            time.sleep(0.2)
        raise GivenUp(uid)

    def _more_time(self, park: Caller, head: Caller, uid: str, task: int) -> None:
        """Ask, and have it granted one level up; an answer that got lost leaves the question open."""
        status, asked = park.insist("POST", f"/tasks/{task}/more-time/", {"amount": 1, "reason": "材料较多。"})
        if status != 201:
            return
        status, _answer = head.insist("POST", f"/extensions/{asked['id']}/decide/", {"grant": True})
        state = head.get(f"/extensions/{asked['id']}/")["state"]
        if state != "granted":
            raise RuntimeError(f"more time for {uid} was answered with {status}; it is {state}")
        self.history.write("ack", what="more time", uid=uid, extension=asked["id"], clock=asked["clock"])

    def _hand_in(self, ours: Caller, uid: str, code: str, dice: random.Random) -> None:
        content = PDF + b"%" + dice.randbytes(dice.randrange(500, 60_000)).hex().encode() + b"\n"
        name = (f"{code}.pdf", content)
        status, answer = ours.insist("POST", f"/cases/{uid}/materials/", {"requirement": code}, file=name)
        if status != 201:
            raise RuntimeError(f"a file was not taken: {status} {answer}")
        sha256 = hashlib.sha256(content).hexdigest()
        self.history.write("ack", what="version", uid=uid, version=answer["id"], sha256=sha256)

    def _acknowledge(
        self, what: str, uid: str, answered: tuple[int, Any], states: set[str], asker: Caller, task: int | None = None
    ) -> None:
        """Done, by this answer or by one that got lost: then the case, or the task, says so itself."""
        status, answer = answered
        state = asker.get(f"/tasks/{task}/" if task else f"/cases/{uid}/")["state"]
        if status >= 300 and state not in states:
            raise RuntimeError(f"{what} of {uid} was answered with {status} {answer}; the state is {state}")
        self.history.write("ack", what=what, uid=uid, status=status, at=time.time())
