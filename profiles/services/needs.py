"""Needs of enterprises: raise, answer, change, hand over, satisfy, drop and reopen them; and load their categories.

Every service that writes holds the file of the enterprise first, then the row of the need, then its clock. The words that both
sides exchange are kept in the log, on the thread of the need.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Count, Max, Q

from park.accounts.models import Enterprise, User
from park.deadlines import services as clocks
from park.deadlines.models import Clock
from park.deadlines.workdays import Limit, local_day
from park.events import services as events
from park.events.models import Event
from park.team import assignment
from park.team.models import Department, Specialist
from park.team.services import one_assignment_at_a_time
from profiles.enums import OPEN_NEEDS, NeedSource, NeedState, PredictionState
from profiles.models import EnterpriseProfile, Need, NeedCategory, PredictedNeed, Visit
from profiles.procedures import NEED
from profiles.services.holding import hold, hold_file

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
    """Who should take the need over does not work for the park, or has it already; nothing was written."""


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

    Raises NotATaker for somebody of a partner department, who is not active, or who has it already.
    """
    held = _hold(need, *OPEN_NEEDS)
    if to.pk == held.owner_id or not takers().filter(pk=to.pk).exists():
        raise NotATaker(to)
    before = held.owner
    held.owner, held.department = to, to.department
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
    if held.owner is None or not held.owner.is_active:
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


def _choose_owner(need: Need, now: datetime) -> Specialist | None:
    """Whoever looks after the enterprise, if they are of the department and there; else the one there with the fewest open
    needs, heads last. Nobody where nobody is there: the head of the department is told."""
    one_assignment_at_a_time(need.department_id)
    people = takers().filter(department=need.department_id).present_on(local_day(now))
    own = EnterpriseProfile.objects.filter(enterprise=need.enterprise_id).values("specialist")
    looks_after = people.filter(pk__in=own).select_related("user").first()
    if looks_after is not None:
        return looks_after
    load = Count("needs", filter=Q(needs__state__in=OPEN_NEEDS), distinct=True)
    found = list(people.annotate(load=load, latest=Max("needs__raised_at")).select_related("user"))
    candidates = [p for p in found if not p.is_head] or found
    choice = assignment.choose(
        [assignment.Candidate(p.pk, p.load, p.latest.timestamp() if p.latest else 0.0) for p in candidates]
    )
    return next((p for p in candidates if choice and p.pk == choice.pk), None)


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
