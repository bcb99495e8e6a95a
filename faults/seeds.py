"""Clocks by the hundred, their rungs a few seconds apart, written as the portal's own services write them; and a change of
the calendar that moves them.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from faults.history import History
from faults.people import Addressee, People
from park.deadlines import years
from park.deadlines.calendars import base_years, in_force
from park.deadlines.models import CalendarChange, CalendarYear, Clock
from park.deadlines.notice_text import Line, Notice
from park.deadlines.workdays import local_day

SHORT_HAS_NO_W3 = 0.5


def ladder(first: datetime, gaps: tuple[float, float], dice: random.Random) -> list[datetime | None]:
    """Six instants that ascend; half of the ladders are short and have no W3, as the portal's own."""
    at: list[datetime | None] = []
    moment = first
    for _ in range(6):
        at.append(moment)
        moment += timedelta(seconds=round(dice.uniform(*gaps), 6))
    if dice.random() < SHORT_HAS_NO_W3:
        at[2] = None
    return at


def seed(
    people: People,
    history: History,
    count: int,
    *,
    first: datetime,
    gaps: tuple[float, float],
    number: int,
    loud: bool = False,
    whom: Sequence[Addressee] = (),
    label: str = "",
    spread: float = 0.0,
    dice: random.Random | None = None,
    days: tuple[int, ...] = (3, 30),
) -> list[int]:
    """Start clocks whose first rungs fall from `first` on, within `spread` seconds; `loud` ones reach people by mail.

    They go into the history once the database has acknowledged the commit.
    """
    dice = dice or random.Random(number)
    ladders = [ladder(first + timedelta(seconds=round(dice.uniform(0, spread), 6)), gaps, dice) for _ in range(count)]
    # A pause or an extension moves the due date to wherever the working days say: into the future, or far into the past.
    started_at = first - timedelta(days=dice.choice(days))
    desks = whom or ((people.loud,) if loud else people.quiet)
    rows = [_clock(dice.choice(desks), steps, started_at, number + place) for place, steps in enumerate(ladders)]
    with transaction.atomic():
        made = [clock.pk for clock in Clock.objects.bulk_create(rows)]
    history.write(
        "seed",
        clocks=made,
        ladders=[[at.isoformat() if at else None for at in steps] for steps in ladders],
        label=label,
    )
    return made


def _clock(who: Addressee, steps: Sequence[datetime | None], started_at: datetime, number: int) -> Clock:
    due_at = steps[3]
    assert due_at is not None
    return Clock(
        kind="trial",
        label_zh="试验",
        label_en="Trial",
        stage="registration",
        procedure="REG-01",
        department_id=who.department,
        responsible_id=who.responsible,
        lead_id=who.lead,
        enterprise_id=who.enterprise,
        thread=f"trial:{number}",
        path="/desk/",
        enterprise_path="/cases/",
        standard_version=1,
        amount=3,
        started_at=started_at,
        first_due_at=due_at,
        due_at=due_at,
        ladder_at=list(steps),
        amber_at=steps[0],
        next_rung=1,
        next_rung_at=steps[0],
    )


def change_calendar(people: People, now: datetime) -> CalendarChange:
    """A day within the limit of the clocks that began three days ago becomes a day off, or is worked again if it is one."""
    day = in_force([], {}).add(local_day(now) - timedelta(days=3), 1)
    imported = CalendarYear.objects.filter(year=day.year).first()
    off = () if imported and imported.days.filter(day=day, is_working=False).exists() else (day,)
    known = base_years(day.year, day.year)[day.year]
    line = Line("", "试验假期", (*known.off, *off), tuple(known.on))
    replacing = day.year if imported else None
    notice = Notice(day.year, "试验", (line,))
    return years.set_year(notice, by=people.administrator, now=now, text="", replacing=replacing)
