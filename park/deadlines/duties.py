"""What the engine does beside the sweep, woken as often: the morning's digest, a second look at long pauses, tidying up.

Each is found by a stored row and not by the hour at which it is woken, so that it is done once, and late rather than never.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import ngettext

from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines import guard, selectors, services, workdays
from park.deadlines.enums import ClockState, PauseReason
from park.deadlines.models import Clock, Duty, Pause, SweepMinute
from park.events import services as events
from park.notices.services import tell
from park.team.models import Specialist
from park.team.selectors import answering_for
from park.team.services.assignment import reconcile
from park.team.services.certificates import warn_of_ends

TAKE = "INSERT INTO deadlines_duty (name, day, done_at) VALUES (%s, %s, %s) ON CONFLICT (name, day) DO NOTHING"
# The digest comes after the warnings that stand at the opening itself.
DIGEST_AFTER_OPENING = timedelta(minutes=2)
MOST_LINES = 12
HEARTBEATS_KEPT = timedelta(days=90)


def look_after(now: datetime | None = None) -> int:
    """Do whatever of this is due, by the database's clock if no other time is given; how many things were done."""
    if now is None and guard.held_since():
        return 0
    at = now or guard.read().wall
    return write_digests(at) + review_pauses(at) + forget_heartbeats(at) + look_after_team(at)


@dataclass
class Morning:
    """What one person has before them today, the most pressing first."""

    overdue: list[Clock] = field(default_factory=list)
    today: list[Clock] = field(default_factory=list)
    soon: list[Clock] = field(default_factory=list)


@transaction.atomic
def write_digests(now: datetime) -> int:
    """On a working day after the opening, tell each person once what is overdue, due today or due soon; how many people.

    Who is away is not told: their substitute is. Nobody is told that there is nothing to do.
    """
    day, hours = workdays.local_day(now), selectors.office_hours()
    opened = workdays.at(day, hours.opens) + DIGEST_AFTER_OPENING
    if not (opened <= now < workdays.at(day, hours.closes)) or not selectors.calendar().is_working(day):
        return 0
    if Duty.objects.filter(name="digest", day=day).exists():
        return 0
    if not _take("digest", day, now):
        return 0
    mornings = _mornings(now)
    for user, morning in mornings.items():
        tell("digest.morning", [user], key=f"digest:{day}", path="/desk/?scope=mine", now=now, **_words(morning, now))
    return len(mornings)


def review_pauses(now: datetime) -> int:
    """Ask about each pause that has lasted since its last look: the person responsible and their head. How many."""
    asked = 0
    for pk in Pause.objects.filter(ended_at__isnull=True, review_at__lte=now).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            asked += _review(pk, now)
    return asked


@transaction.atomic
def forget_heartbeats(now: datetime) -> int:
    """Once a day, let go of what is no heartbeat of the last months any more; how many minutes."""
    day = workdays.local_day(now)
    if Duty.objects.filter(name="heartbeats", day=day).exists() or not _take("heartbeats", day, now):
        return 0
    return SweepMinute.objects.filter(minute__lt=now - HEARTBEATS_KEPT).delete()[0]


@transaction.atomic
def look_after_team(now: datetime) -> int:
    """Once a working day after the opening: warn of certificates that end, and see that the open work is what it should be."""
    day, hours = workdays.local_day(now), selectors.office_hours()
    in_time = workdays.at(day, hours.opens) <= now < workdays.at(day, hours.closes)
    if not in_time or not selectors.calendar().is_working(day):
        return 0
    if Duty.objects.filter(name="team", day=day).exists() or not _take("team", day, now):
        return 0
    return warn_of_ends(day, now) + reconcile(now)


def _take(name: str, day: Any, now: datetime) -> bool:
    """Whether this process is the one that does the duty: it holds the row until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [name, day, now])
        return bool(cursor.rowcount)


def _mornings(now: datetime) -> dict[User, Morning]:
    day = workdays.local_day(now)
    tomorrow = workdays.at(day + timedelta(days=1), workdays.time.min)
    clocks = (
        Clock.objects.filter(state=ClockState.RUNNING, responsible__isnull=False)
        .filter(Q(due_at__lt=tomorrow) | Q(amber_at__lte=now))
        .select_related("enterprise")
        .order_by("due_at", "pk")
    )
    people = answering_for(day)
    mornings: dict[User, Morning] = defaultdict(Morning)
    for clock in clocks:
        user = people.get(clock.responsible_id or 0)
        if user is None:
            continue
        mine = mornings[user]
        (mine.overdue if clock.due_at < now else mine.today if clock.due_at < tomorrow else mine.soon).append(clock)
    return mornings


def _words(morning: Morning, now: datetime) -> dict[str, Any]:
    words: dict[str, Any] = {
        "overdue": len(morning.overdue),
        "today": len(morning.today),
        "soon": len(morning.soon),
    }
    for suffix, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            words[f"lines_{suffix}"] = "\n".join(_lines(morning))
    return words


def _lines(morning: Morning) -> Iterable[str]:
    all_of_them = [*morning.overdue, *morning.today, *morning.soon]
    for clock in all_of_them[:MOST_LINES]:
        of = clock.enterprise.name if clock.enterprise else ""
        yield " · ".join(part for part in (_when(clock), of, clock.label) if part)
    more = len(all_of_them) - MOST_LINES
    if more > 0:
        yield ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}


def _when(clock: Clock) -> str:
    form = "n月j日 H:i" if translation.get_language().startswith("zh") else "j M H:i"
    return date_format(localtime(clock.due_at), form)


def _review(pk: int, now: datetime) -> int:
    stretch = (
        Pause.objects.select_for_update(of=["self"], skip_locked=True)
        .select_related("clock__enterprise", "clock__responsible")
        .filter(pk=pk, ended_at__isnull=True, review_at__lte=now)
        .first()
    )
    if stretch is None:
        return 0
    clock = stretch.clock
    asked_at = stretch.review_at
    stretch.review_at = services.review_at(selectors.calendar(), now)
    stretch.save(update_fields=["review_at"])
    words = {
        "label_zh": clock.label_zh,
        "label_en": clock.label_en,
        "since_at": stretch.started_at.isoformat(),
        "reason": stretch.reason,
        **_in_both(PauseReason(stretch.reason)),
        **of_enterprise(clock),
    }
    people = _people_of(clock, workdays.local_day(now))
    tell("pause.review", people, key=f"pause:{pk}:{asked_at:%Y%m%d}", path=clock.path, now=now, **words)
    events.record(
        "clock.pause_long",
        subject=clock,
        by=None,
        at=now,
        enterprise_id=clock.enterprise_id,
        thread=clock.thread,
        internal=True,
        **words,
    )
    return 1


def of_enterprise(clock: Clock) -> dict[str, str]:
    """The enterprise with a colon, in both languages, or nothing for a deadline that is no enterprise's."""
    if clock.enterprise is None:
        return {"of_zh": "", "of_en": ""}
    return {
        "of_zh": f"{clock.enterprise.name_zh}：",
        "of_en": f"{clock.enterprise.name_en or clock.enterprise.name_zh}: ",
    }


def _in_both(reason: PauseReason) -> dict[str, str]:
    words = {}
    for suffix, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            words[f"why_{suffix}"] = str(reason.label)
    return words


def _people_of(clock: Clock, day: Any) -> Sequence[User]:
    """Whoever answers for the clock today and the head of its department; the park's leaders where there is none."""
    answering = answering_for(day)
    heads = Specialist.objects.filter(department=clock.department_id, is_head=True, is_active=True)
    told = [answering.get(pk) for pk in [clock.responsible_id, *heads.values_list("pk", flat=True)] if pk]
    found = [user for user in told if user]
    return found or list(User.objects.filter(role=Role.MANAGER, is_active=True))
