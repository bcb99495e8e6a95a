"""A month in the park, played through the services: the same acts that people do, at the times at which they do them.

Nothing is written into tables that the services would not write, so the demonstration obeys every rule of the portal.
Between the acts every rung of the ladder fires at its own instant, as the sweep would have fired it.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Min

from lifecycle.demo.files import fill_files
from lifecycle.demo.people import make_staff
from lifecycle.demo.scene import Company, Play
from lifecycle.demo.steps import STEPS
from lifecycle.services.standard import EXAMPLE, publish_from_file
from park.accounts.models import User
from park.deadlines import sweep
from park.deadlines.enums import ClockState, Source
from park.deadlines.models import Clock
from park.deadlines.workdays import at, local_day
from park.events import consumers
from park.notices import services as notices
from park.team.models import CertificateKind, Specialist
from park.team.services import set_absent
from park.team.services.certificates import issue_certificate

MORNING, ARRIVAL, EVENING = time(8, 50), time(9, 5), time(17, 40)
AN_HOUR = timedelta(hours=1)
LAST_JITTER_MINUTES = 9
ROUNDS = 100


@dataclass(frozen=True)
class SignIn:
    """A line of the list of logins."""

    login: str
    name: str
    note_zh: str
    note_en: str


@dataclass(order=True)
class Act:
    """Something that is done at an instant; acts of one instant follow `order`."""

    at: datetime
    order: tuple[str, int]
    do: Callable[[], object] = field(compare=False)


@transaction.atomic
def perform(*, facts: dict[str, Any], now: datetime, seed: int, password: str) -> list[SignIn]:
    """Fill the portal with the month that ends at `now`; the logins worth knowing.

    All or nothing. The same facts, `now` and `seed` make the same month, but for random keys and secrets. `password` is
    what every login gets.
    """
    play = Play(now=now, seed=seed, password=make_password(password), words=facts)
    first = at(play.day(max(company["begin"] for company in facts["companies"])), MORNING)
    publish_from_file(EXAMPLE, now=first - AN_HOUR)
    publish_from_file(now=first)
    for row in facts["staff"]:
        make_staff(row, password=play.password, now=first)
    _issue_certificates(play, at(local_day(first), ARRIVAL))
    acts = [*_of_companies(play), *_of_absences(play), *_of_days(play, first)]
    heapq.heapify(acts)
    while acts and acts[0].at <= now:
        act = heapq.heappop(acts)
        _fire_until(act.at, play)
        act.do()
    _fire_until(now, play)
    consumers.react(rounds=ROUNDS)
    fill_files(play)
    consumers.react(rounds=ROUNDS)
    return _sign_ins(facts)


def _of_companies(play: Play) -> Iterator[Act]:
    """What the scripts say, of each company and of what else it has done."""
    rows = {row["login"]: row for row in play.words["companies"]}
    for login, row in rows.items():
        yield from _of_script(play, row, Company(row, play.chance(login)))
    for row in play.words["errands"]:
        if row["login"] in rows:
            company = Company({**rows[row["login"]], **row}, play.chance(f"{row['login']}/{row['script']}"))
            yield from _of_script(play, row, company)


def _of_script(play: Play, row: Mapping[str, Any], company: Company) -> Iterator[Act]:
    """The lines of a script up to where the row stops, a few minutes later than they say."""
    lines = play.words["scripts"][row["script"]]
    last = lines.index(row["until"]) if "until" in row else len(lines)
    for number, line in enumerate(lines[: last + 1]):
        day, hour, step, *arguments = line.split()
        late = timedelta(seconds=company.draw.randrange(LAST_JITTER_MINUTES * 60))
        when = at(play.day(row["begin"] - int(day)), time.fromisoformat(hour)) + late
        order = (f"{row['login']}/{row['script']}", number)
        yield Act(when, order, partial(STEPS[step], play, company, when, *arguments))


def _of_absences(play: Play) -> Iterator[Act]:
    for number, row in enumerate(play.words["absences"]):
        when = at(play.day(row["told"]), ARRIVAL)
        yield Act(when, ("absence", number), partial(_set_absent, play, row, when))


def _issue_certificates(play: Play, now: datetime) -> None:
    """What people were certified for before the first day of the play."""
    today = local_day(play.now)
    for row in play.words["certificates"]:
        holder = Specialist.objects.get(user__username=row["login"])
        issue_certificate(
            holder=holder,
            kind=CertificateKind.objects.get(code=row["kind"]),
            issued_on=today - timedelta(days=row["issued"]),
            expires_on=today + timedelta(days=row["ends"]),
            by=holder.user,
            now=now,
        )


def _set_absent(play: Play, row: Mapping[str, Any], now: datetime) -> None:
    specialist = Specialist.objects.get(user__username=row["login"])
    set_absent(
        specialist=specialist,
        first_on=play.day(row["first"]),
        last_on=play.day(row["last"]),
        substitute=Specialist.objects.get(user__username=row["substitute"]),
        by=specialist.user,
        now=now,
    )


def _of_days(play: Play, first: datetime) -> Iterator[Act]:
    """In the evening the readers of the log follow; in the morning people read what they were told the day before."""
    day, number = local_day(first), 0
    while at(day, MORNING) <= play.now:
        morning = at(day, MORNING)
        yield Act(morning, ("", number), partial(_read_notices, morning))
        yield Act(at(day, EVENING), ("", number), partial(consumers.react, rounds=ROUNDS))
        day, number = play.calendar.add(day, 1), number + 1


def _read_notices(now: datetime) -> None:
    for user in User.objects.filter(is_demo=True, notices__read_at__isnull=True).distinct().order_by("pk"):
        notices.mark_read(user=user, now=now)


def _fire_until(now: datetime, play: Play) -> None:
    """Fire every rung due by `now` at its own instant, a few seconds late as the real sweep is.

    Leaves no heartbeat: that tells of the sweep that really runs.
    """
    running = Clock.objects.filter(state=ClockState.RUNNING)
    while (due := running.aggregate(first=Min("next_rung_at"))["first"]) is not None and due <= now:
        sweep.fire(source=Source.COMMAND, now=min(now, due + timedelta(seconds=play.draw.uniform(1, 10))))


def _sign_ins(facts: Mapping[str, Any]) -> list[SignIn]:
    staff = [SignIn(p["login"], p["name"], p["note_zh"], p["note_en"]) for p in facts["staff"]]
    return staff + [
        SignIn(c["login"], c["person"], f"企业：{c['note_zh']}", f"Enterprise: {c['note_en']}")
        for c in facts["companies"]
        if "note_zh" in c
    ]
