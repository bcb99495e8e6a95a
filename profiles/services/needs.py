"""Needs of enterprises: raise, answer, change, hand over, satisfy, drop and reopen them; and load their categories.

Every service that writes holds the file of the enterprise first, then the row of the need, then its clock. The words that both
sides exchange are kept in the log, on the thread of the need.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from park.accounts.models import Enterprise, User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.models import Clock
from park.deadlines.workdays import Limit
from park.events import services as events
from park.events.models import Event
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import Department, Specialist
from park.team.services import assignment
from profiles.enums import OPEN_NEEDS, NeedSource, NeedState, PredictionState
from profiles.models import EnterpriseProfile, Need, NeedCategory, PredictedNeed, Visit
from profiles.procedures import NEED
from profiles.services.holding import hold, hold_file

WORK = "need"
DATA = Path(__file__).resolve().parent.parent / "data" / "needs.yaml"
SENT_TWICE = timedelta(minutes=10)
CLOSED = (NeedState.SATISFIED, NeedState.DROPPED)
# What the clock of an answer is called and where it is counted. Needs are no procedure of the published standard; their
# promise, the first answer within one working day, came with its first version.
CLOCK = {
    "kind": "need_response",
    "label_zh": "需求首次答复",
    "label_en": "First answer to a need",
    "stage": "resolution",
    "procedure": NEED,
    "standard_version": 1,
}


class NeedMoved(Exception):
    """The need is no longer in the state that the act needs; nothing was written."""


class NotATaker(Exception):
    """Who should take the need over may not, or has it already; nothing was written."""


@transaction.atomic
def load_categories(path: Path = DATA) -> None:
    """Make the categories of the file exist; what changed in it is brought up to date. Departments must be there."""
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    departments = dict(Department.objects.values_list("code", "pk"))
    order = 0
    for group in tables["groups"]:
        for code, (zh, en, department, *within) in group["categories"].items():
            order += 1
            row = {
                "name_zh": zh,
                "name_en": en,
                "group_zh": group["zh"],
                "group_en": group["en"],
                "department_id": departments[department],
                "answer_within": within[0] if within else tables["answer_within"],
                "order": order,
            }
            NeedCategory.objects.update_or_create(code=code, defaults=row)


@transaction.atomic
def raise_need(
    *,
    enterprise: Enterprise,
    category: NeedCategory,
    text: str,
    source: NeedSource,
    by: User,
    now: datetime,
    visit: Visit | None = None,
) -> Need:
    """Write down a need, give it to somebody and start the clock of its answer.

    What is sent twice is raised once: an open need of the same category with the same words is answered instead. A need that
    was foreseen makes its prediction come true, whoever raises it.
    """
    enterprise = hold_file(enterprise)
    same = Need.objects.open().filter(enterprise=enterprise, category=category, text=text).first()
    if same is not None:
        return same
    need = Need.objects.create(
        enterprise=enterprise,
        category=category,
        department_id=category.department_id,
        text=text,
        source=source,
        visit=visit,
        raised_by=by,
        raised_at=now,
    )
    need.owner = _choose_owner(need, now)
    _start_clock(need, by=by, now=now)
    need.save(update_fields=["owner", "clock"])
    _record("need.raised", need, by, now, text=text, source=source, **_owner_words(need))
    _come_true(need, by, now)
    return need


@transaction.atomic
def answer_need(need: Need, *, text: str, by: User, now: datetime) -> Need:
    """Say to the enterprise what is being done. The first answer stops the clock; each further one is a word more.
    What is sent twice is said once."""
    held = _hold(need, *OPEN_NEEDS)
    if _is_said(held, "need.answered", text, by, now):
        return held
    if held.state == NeedState.OPEN:
        held.state, held.answered_at = NeedState.ANSWERED, now
        held.save(update_fields=["state", "answered_at"])
        _stop_clock(held, by, now)
    _record("need.answered", held, by, now, text=text)
    return held


@transaction.atomic
def write_about_need(need: Need, *, text: str, by: User, now: datetime) -> Need:
    """A word of the enterprise about its open need. What is sent twice is said once."""
    held = _hold(need, *OPEN_NEEDS)
    if _is_said(held, "need.said", text, by, now):
        return held
    _record("need.said", held, by, now, text=text, **_owner_words(held))
    return held


@transaction.atomic
def change_need(need: Need, *, category: NeedCategory, text: str, by: User, now: datetime) -> Need:
    """Say better what is needed. Another category may mean another department: then somebody there sees to it from now on,
    and the date of the answer stays what it is."""
    held = _hold(need, *OPEN_NEEDS)
    before: dict[str, Any] = {
        "before": held.text,
        "before_zh": held.category.name_zh,
        "before_en": held.category.name_en,
    }
    if (held.text, held.category_id) == (text, category.pk):
        return held
    moves = category.department_id != held.department_id and category.pk != held.category_id
    held.text, held.category = text, category
    if moves:
        held.department = category.department
        held.owner = _choose_owner(held, now)
        _hand_clock(held, by, now)
    held.save(update_fields=["text", "category", "department", "owner"])
    _record("need.changed", held, by, now, text=text, **before, **_owner_words(held))
    return held


@transaction.atomic
def hand_over_need(need: Need, *, to: Specialist, note: str, by: User, now: datetime) -> Need:
    """Somebody else of the park sees to it, perhaps in another department. The date of the answer stays what it is.

    Raises NotATaker for somebody of a partner department, who is not active, who has it already, or who lacks the
    certificate that a key enterprise asks for.
    """
    held = _hold(need, *OPEN_NEEDS)
    if to.pk == held.owner_id or not takers().filter(pk=to.pk).exists():
        raise NotATaker(to)
    before = held.owner
    held.owner, held.department = to, to.department
    if not assignment.may_take(to, request_for(held, now), now):
        raise NotATaker(to)
    assignment.transfer(request_for(held, now), to=to, now=now, by=by)
    held.save(update_fields=["owner", "department"])
    _hand_clock(held, by, now)
    _record(
        "need.handed_over",
        held,
        by,
        now,
        internal=True,
        note=note,
        from_user=before.user_id if before else None,
        **_owner_words(held),
    )
    return held


@transaction.atomic
def satisfy_need(need: Need, *, by_what: str, by: User, now: datetime) -> Need:
    """The need is met; `by_what` says by what: a case, an introduction, a lease, an answer."""
    held = _hold(need, *OPEN_NEEDS)
    held.state, held.closed_at, held.satisfied_by = NeedState.SATISFIED, now, by_what
    held.save(update_fields=["state", "closed_at", "satisfied_by"])
    assignment.release(WORK, [held.pk])
    _stop_clock(held, by, now)
    _record("need.satisfied", held, by, now, by_what=by_what)
    return held


@transaction.atomic
def drop_need(need: Need, *, reason: str, by: User, now: datetime) -> Need:
    """It is no longer needed. Where the enterprise says so, the clock is cancelled; where the park says so, its reason is an
    answer, and the clock is judged by it."""
    held = _hold(need, *OPEN_NEEDS)
    held.state, held.closed_at = NeedState.DROPPED, now
    held.save(update_fields=["state", "closed_at"])
    assignment.release(WORK, [held.pk])
    if by.is_park_staff:
        _stop_clock(held, by, now)
    elif held.clock and held.clock.is_open:
        clocks.cancel(held.clock, by=by, now=now)
    _record("need.dropped", held, by, now, reason=reason, **_owner_words(held))
    return held


@transaction.atomic
def reopen_need(need: Need, *, reason: str, by: User, now: datetime) -> Need:
    """It is still needed: a new clock runs for the answer to that. What the first clock showed stays as it was."""
    held = _hold(need, *CLOSED)
    held.state, held.closed_at, held.answered_at, held.satisfied_by = NeedState.OPEN, None, None, ""
    if held.owner is not None and assignment.may_take(held.owner, request_for(held, now), now):
        assignment.transfer(request_for(held, now), to=held.owner, now=now, by=by, ground=Ground.KEPT)
    else:
        held.owner = _choose_owner(held, now)
    _start_clock(held, by=by, now=now)
    held.save(update_fields=["state", "closed_at", "answered_at", "satisfied_by", "owner", "clock"])
    _record("need.reopened", held, by, now, reason=reason, **_owner_words(held))
    return held


def takers() -> Any:
    """Who can see to a need: the park's own people who take tasks."""
    return Specialist.objects.filter(is_active=True, user__is_active=True, department__is_partner=False)


def _hold(need: Need, *states: str) -> Need:
    """Lock the need and read it anew. Raises NeedMoved unless it is in one of `states`."""
    hold([need.enterprise_id])
    held = (
        Need.objects.select_for_update(of=["self"], no_key=True)
        .select_related("category__department", "department", "owner__user", "clock", "enterprise")
        .filter(pk=need.pk, state__in=states)
        .first()
    )
    if held is None:
        raise NeedMoved(need)
    return held


def _is_said(need: Need, kind: str, text: str, by: User, now: datetime) -> bool:
    """Whether these words of this person are the last that were exchanged, and fresh: the button was pressed twice."""
    last = Event.objects.filter(thread=need.thread).order_by("-pk").first()
    if last is None or (last.kind, last.actor_id) != (kind, by.pk):
        return False
    return last.data.get("text") == text and now - last.at < SENT_TWICE


def request_for(need: Need, now: datetime) -> Request:
    """Whom a need asks for: whoever looks after the enterprise, else somebody of its department."""
    profile = EnterpriseProfile.objects.filter(enterprise=need.enterprise_id).first()
    return request_on(need, deadlines.first_working_day(now), profile)


def request_on(need: Need, on: date, profile: EnterpriseProfile | None) -> Request:
    return Request(
        kind=WORK,
        number=need.pk,
        department=need.department_id,
        on=on,
        is_key=profile is not None and profile.is_key,
        looks_after=profile.specialist_id if profile else None,
        clock=need.clock_id,
    )


def _choose_owner(need: Need, now: datetime) -> Specialist | None:
    """Nobody where nobody is suitable: the head of the department is told."""
    return assignment.assign(request_for(need, now), now=now).specialist


def _start_clock(need: Need, *, by: User, now: datetime) -> None:
    limit = Limit(need.category.answer_within, "working_day")
    need.clock = clocks.start(
        clocks.Rule(limit=limit, **CLOCK),  # type: ignore[arg-type]
        now=now,
        thread=need.thread,
        department=need.department,
        responsible=need.owner,
        enterprise=need.enterprise,
        path=f"/desk/needs/{need.pk}/",
        enterprise_path=f"/file/needs/{need.pk}/",
        by=by,
    )
    assignment.put_on_clock(WORK, need.pk, need.clock.pk)


def _stop_clock(need: Need, by: User, now: datetime) -> None:
    if need.clock and need.clock.is_open:
        clocks.stop(need.clock, by=by, now=now)


def _hand_clock(need: Need, by: User, now: datetime) -> None:
    clock: Clock | None = need.clock
    if clock and clock.is_open:
        clocks.hand_over(clock, responsible=need.owner, department=need.department, by=by, now=now)


def _come_true(need: Need, by: User, now: datetime) -> None:
    """What was foreseen of this category has been raised."""
    foreseen = PredictedNeed.objects.filter(
        enterprise=need.enterprise_id,
        category=need.category_id,
        state__in=[PredictionState.OPEN, PredictionState.SHARED],
    )
    for prediction in foreseen.select_for_update(no_key=True):
        prediction.state, prediction.need = PredictionState.RAISED, need
        prediction.decided_by, prediction.decided_at = by, now
        prediction.save(update_fields=["state", "need", "decided_by", "decided_at"])
        _record("prediction.raised", need, by, now, subject=prediction, internal=True)


def _owner_words(need: Need) -> dict[str, Any]:
    owner = need.owner
    return {
        "to": owner.user.get_full_name() if owner else "",
        "to_user": owner.user_id if owner else None,
        "department_zh": need.department.name_zh,
        "department_en": need.department.name_en,
    }


def _record(
    kind: str, need: Need, by: User, now: datetime, *, subject: Any = None, internal: bool = False, **data: Any
) -> None:
    events.record(
        kind,
        subject=subject or need,
        by=by,
        at=now,
        enterprise_id=need.enterprise_id,
        thread=need.thread,
        internal=internal,
        need=need.pk,
        side="park" if by.is_park_staff else "enterprise",
        category_zh=need.category.name_zh,
        category_en=need.category.name_en,
        **data,
    )
