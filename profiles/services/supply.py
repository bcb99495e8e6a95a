"""What enterprises make and buy, and bringing the two sides together.

Before both sides agreed nothing of one may reach the other. So each side's events stand on the timeline of its own file and
say nothing of the other side, not even who acted there.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from park.accounts.enums import Approval
from park.accounts.models import Enterprise, Membership, User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines import workdays
from park.deadlines.enums import Unit
from park.deadlines.models import Clock
from park.deadlines.workdays import Limit
from park.events import services as events
from park.events.models import Event
from park.team.models import Specialist
from profiles import pairing
from profiles.enums import Direction, IntroductionState, Outcome
from profiles.items import is_industry
from profiles.models import Introduction, SupplyItem
from profiles.procedures import INTRODUCTION
from profiles.selectors.supply import reasons_of
from profiles.services.holding import hold, hold_file
from profiles.services.values import thread_of

# Rules of the park's own, in working days: within how many after a proposal the specialist asks the sides that have not
# answered once more; after how many a proposal ends that not both have answered; within how many after both agreed the
# specialist asks what came of it.
ANSWERS = 5
EXPIRES = 20
FOLLOW_UP = 10
BATCH = 200
ANSWERS_RULE = clocks.Rule(
    kind="introduction_answers",
    label_zh="供需引荐答复",
    label_en="Answers to an introduction",
    limit=Limit(ANSWERS, Unit.WORKING_DAY),
    stage="operation",
    procedure=INTRODUCTION,
    standard_version=0,
)
FOLLOW_UP_RULE = clocks.Rule(
    kind="introduction_followup",
    label_zh="供需引荐跟进",
    label_en="Outcome of an introduction",
    limit=Limit(FOLLOW_UP, Unit.WORKING_DAY),
    stage="operation",
    procedure=INTRODUCTION,
    standard_version=0,
)
OPEN = (IntroductionState.PROPOSED, IntroductionState.AGREED)
AGREED_AT = {Direction.BUYS: "buyer_agreed_at", Direction.MAKES: "maker_agreed_at"}


class AlreadyEntered(Exception):
    """The enterprise has entered the same before, and it has not ended; nothing was written."""


class ItemMoved(Exception):
    """The product or purchase has ended; nothing was written."""


class ItemInUse(Exception):
    """An introduction speaks of it, so what it says stays; nothing was written."""


class NotFitting(Exception):
    """These two cannot be introduced: the directions, an end, or one and the same enterprise; nothing was written."""


class AlreadyIntroduced(Exception):
    """This offer was proposed for this want before; nothing was written."""


class IntroductionMoved(Exception):
    """The introduction is no longer in the state that the act needs; nothing was written."""


class NotYours(Exception):
    """Somebody who does not act for this side; nothing was written."""


@transaction.atomic
def add_item(
    *,
    enterprise: Enterprise,
    direction: Direction,
    industry_code: str,
    text: str,
    by: User,
    now: datetime,
    wants_local: bool = False,
    is_shown: bool = True,
) -> SupplyItem:
    """Keep something that an enterprise makes or buys. Raises AlreadyEntered; ValueError for an unknown industry."""
    enterprise = hold_file(enterprise)
    item = SupplyItem(enterprise=enterprise, direction=direction, created_by=by, created_at=now, is_shown=is_shown)
    _describe(item, industry_code=industry_code, text=text, wants_local=wants_local)
    _save(item)
    _record_item("supply.added", item, by=by, now=now)
    return item


@transaction.atomic
def change_item(
    item: SupplyItem,
    *,
    industry_code: str,
    text: str,
    by: User,
    now: datetime,
    wants_local: bool = False,
    is_shown: bool = True,
) -> SupplyItem:
    """Say it otherwise. Raises ItemMoved when it has ended, ItemInUse when an open introduction speaks of it and its words
    or industry would change, AlreadyEntered, ValueError for an unknown industry."""
    held = _hold_item(item)
    before = held.industry_code, held.text
    _describe(held, industry_code=industry_code, text=text, wants_local=wants_local)
    held.is_shown = is_shown
    if before != (held.industry_code, held.text) and _introductions_of(held).filter(state__in=OPEN).exists():
        raise ItemInUse(held)
    _save(held)
    _record_item("supply.changed", held, by=by, now=now)
    return held


@transaction.atomic
def end_item(item: SupplyItem, *, by: User, now: datetime) -> None:
    """It is made or bought no longer; introductions to which not both have agreed end with it. Raises ItemMoved."""
    held = _hold_item(item)
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    _record_item("supply.ended", held, by=by, now=now)
    waiting = _introductions_of(held).filter(state=IntroductionState.PROPOSED).select_for_update(of=["self"])
    for introduction in waiting.select_related("want", "offer", "clock").order_by("pk"):
        _decline(introduction, side=Direction(held.direction), by=by, now=now)


@transaction.atomic
def propose_introduction(*, want: SupplyItem, offer: SupplyItem, by: User, now: datetime) -> Introduction:
    """Ask both sides whether they would like to meet. The specialist who asks follows it up: the clock of the answers starts.

    Raises NotFitting, AlreadyIntroduced; Specialist.DoesNotExist for whoever is none.
    """
    specialist = Specialist.objects.select_related("department").get(user=by)
    # enterprises before items, as everywhere; both are held, so that neither ends or is merged meanwhile
    hold([want.enterprise_id, offer.enterprise_id])
    held = {
        item.pk: item
        for item in SupplyItem.objects.select_for_update(of=["self"])
        .select_related("enterprise")
        .filter(pk__in=[want.pk, offer.pk])
        .order_by("pk")
    }
    want, offer = held[want.pk], held[offer.pk]
    is_fitting = (want.direction, offer.direction) == (Direction.BUYS, Direction.MAKES)
    if not is_fitting or want.enterprise_id == offer.enterprise_id or not all(_is_open(item) for item in held.values()):
        raise NotFitting(want, offer)
    try:
        with transaction.atomic():
            introduction = Introduction.objects.create(
                want=want, offer=offer, reasons=reasons_of(want, offer), proposed_by=by, proposed_at=now
            )
    except IntegrityError as error:
        raise AlreadyIntroduced(want, offer) from error
    introduction.clock = _start(ANSWERS_RULE, introduction, specialist, now=now)
    introduction.expires_at = _expiry(now)
    introduction.save(update_fields=["clock", "expires_at"])
    for side in Direction:
        _record("introduction.proposed", introduction, side, by=by, now=now)
    return introduction


@transaction.atomic
def agree(introduction: Introduction, *, side: Direction, by: User, now: datetime) -> Introduction:
    """One side would like to meet the other. When both do, they see each other, and the clock of the follow-up starts.

    Raises NotYours, IntroductionMoved (also for a side that has agreed before).
    """
    held = _hold(introduction, IntroductionState.PROPOSED)
    _check_side(held, side, by)
    if getattr(held, AGREED_AT[side]) is not None:
        raise IntroductionMoved(held)
    setattr(held, AGREED_AT[side], now)
    _record("introduction.agreed", held, side, by=by, now=now)
    if held.buyer_agreed_at and held.maker_agreed_at:
        held.state = IntroductionState.AGREED
        _stop(held, by=None, now=now)
        held.clock = _start(FOLLOW_UP_RULE, held, held.proposed_by.specialist, now=now)
        for one in Direction:
            _record("introduction.opened", held, one, by=None, now=now)
    held.save(update_fields=["state", "clock", AGREED_AT[side]])
    return held


@transaction.atomic
def decline(introduction: Introduction, *, side: Direction, by: User, now: datetime) -> Introduction:
    """One side would rather not meet the other. Raises NotYours, IntroductionMoved once both have agreed."""
    held = _hold(introduction, IntroductionState.PROPOSED)
    _check_side(held, side, by)
    _decline(held, side=side, by=by, now=now)
    return held


@transaction.atomic
def conclude_introduction(
    introduction: Introduction,
    *,
    outcome: Outcome,
    by: User,
    now: datetime,
    saving_percent: Decimal | None = None,
    note: str = "",
) -> Introduction:
    """Keep what came of it. `saving_percent` is by how much the purchase became cheaper, of business only; below zero it
    became dearer. Raises IntroductionMoved unless both have agreed; ValueError for a saving without business."""
    if saving_percent is not None and (outcome != Outcome.BUSINESS or not -100 <= saving_percent <= 100):
        raise ValueError("a saving is a percentage of business that came about")
    held = _hold(introduction, IntroductionState.AGREED)
    held.state, held.closed_at = IntroductionState.CONCLUDED, now
    held.outcome, held.saving_percent, held.note = outcome, saving_percent, note.strip()
    held.save(update_fields=["state", "closed_at", "outcome", "saving_percent", "note"])
    _stop(held, by=by, now=now)
    for side in Direction:
        _record("introduction.concluded", held, side, by=by, now=now, outcome=outcome)
    return held


@transaction.atomic
def ask_again(introduction: Introduction, *, by: User, now: datetime) -> list[Direction]:
    """Remind the sides that have not answered; which those were. The clock of the answers stops: it was followed up.

    Neither side learns whether the other has answered. Raises IntroductionMoved once both have, it has ended, or was
    followed up before.
    """
    held = _hold(introduction, IntroductionState.PROPOSED)
    if held.clock and not held.clock.is_open:
        raise IntroductionMoved(held)
    silent = silent_sides(held)
    for side in silent:
        _record("introduction.reminded", held, side, by=by, now=now)
    _stop(held, by=by, now=now)
    return silent


def expire_unanswered(now: datetime) -> int:
    """End what not both sides have answered in time; how many. Both are told the same, and not who has answered."""
    late = Q(expires_at__isnull=True) | Q(expires_at__lte=now)
    if not Introduction.objects.filter(late, state=IntroductionState.PROPOSED).exists():
        return 0
    return _date_older(now) + _expire(now)


@transaction.atomic
def close_for_merge(introductions: QuerySet[Introduction], *, is_told: bool, by: User, now: datetime) -> None:
    """End introductions that two files becoming one leave without an object. Where it `is_told`, both sides hear that it does
    not come about, and not why. To be called with the enterprises held."""
    found = introductions.select_for_update(of=["self"]).select_related("want", "offer", "clock").order_by("pk")
    for held in found:
        held.state, held.closed_at = IntroductionState.DECLINED, now
        held.save(update_fields=["state", "closed_at"])
        if held.clock and held.clock.is_open:
            clocks.cancel(held.clock, by=by, now=now)
        for side in Direction if is_told else ():
            _record("introduction.declined", held, side, by=None, now=now, by_itself=False)


def silent_sides(introduction: Introduction) -> list[Direction]:
    """The sides that have not answered a proposal."""
    return [side for side in Direction if getattr(introduction, AGREED_AT[side]) is None]


def item_of(introduction: Introduction, side: Direction) -> SupplyItem:
    """What this side makes or buys."""
    return introduction.want if side == Direction.BUYS else introduction.offer


def _describe(item: SupplyItem, *, industry_code: str, text: str, wants_local: bool) -> None:
    text = " ".join(text.split())
    if not is_industry(industry_code) or not text:
        raise ValueError("needs a code of GB/T 4754 and words")
    item.industry_code, item.text, item.words = industry_code, text, pairing.words(text)
    item.wants_local = wants_local and item.direction == Direction.BUYS


def _save(item: SupplyItem) -> None:
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        raise AlreadyEntered(item) from error


def _hold_item(item: SupplyItem) -> SupplyItem:
    hold([item.enterprise_id])
    held = SupplyItem.objects.select_for_update(of=["self"]).filter(pk=item.pk, ended_at__isnull=True).first()
    if held is None:
        raise ItemMoved(item)
    return held


def _hold(introduction: Introduction, state: IntroductionState) -> Introduction:
    hold([introduction.want.enterprise_id, introduction.offer.enterprise_id])
    held = (
        Introduction.objects.select_for_update(of=["self"])
        .select_related("want", "offer", "clock", "proposed_by__specialist__department")
        .filter(pk=introduction.pk, state=state)
        .first()
    )
    if held is None:
        raise IntroductionMoved(introduction)
    return held


def _introductions_of(item: SupplyItem) -> Any:
    return Introduction.objects.filter(**{"want" if item.direction == Direction.BUYS else "offer": item})


def _is_open(item: SupplyItem) -> bool:
    enterprise = item.enterprise
    is_here = enterprise.approval == Approval.APPROVED and enterprise.merged_into_id is None
    return item.ended_at is None and is_here


def _check_side(introduction: Introduction, side: Direction, by: User) -> None:
    acts_for = Membership.objects.active().filter(user=by, enterprise=item_of(introduction, side).enterprise_id)
    if not acts_for.exists():
        raise NotYours(by)


def _decline(introduction: Introduction, *, side: Direction, by: User, now: datetime) -> None:
    introduction.state, introduction.closed_at = IntroductionState.DECLINED, now
    introduction.save(update_fields=["state", "closed_at"])
    _stop(introduction, by=None, now=now)
    for one in Direction:
        is_own = one == side
        _record("introduction.declined", introduction, one, by=by if is_own else None, now=now, by_itself=is_own)


@transaction.atomic
def _date_older(now: datetime) -> int:
    """Proposals from before proposals ended by themselves have as long from now on as new ones."""
    undated = Introduction.objects.filter(state=IntroductionState.PROPOSED, expires_at__isnull=True)
    return undated.update(expires_at=_expiry(now))


@transaction.atomic
def _expire(now: datetime) -> int:
    due = Introduction.objects.filter(state=IntroductionState.PROPOSED, expires_at__lte=now)
    found = list(
        due.select_for_update(of=["self"], skip_locked=True)
        .select_related("want", "offer", "clock")
        .order_by("expires_at", "pk")[:BATCH]
    )
    for held in found:
        held.state, held.closed_at = IntroductionState.EXPIRED, now
        held.save(update_fields=["state", "closed_at"])
        _stop(held, by=None, now=now)
        for side in Direction:
            _record("introduction.expired", held, side, by=None, now=now)
    return len(found)


def _expiry(now: datetime) -> datetime:
    limit = Limit(EXPIRES, Unit.WORKING_DAY)
    return workdays.due_at(deadlines.calendar(), now, limit, hours=deadlines.office_hours())


def _start(rule: clocks.Rule, introduction: Introduction, specialist: Specialist, *, now: datetime) -> Clock:
    """Neither side's enterprise stands on it: nothing of it may reach them."""
    return clocks.start(
        rule,
        now=now,
        thread=introduction.thread,
        department=specialist.department,
        responsible=specialist,
        path=f"/desk/introductions/{introduction.pk}/",
        by=None,
    )


def _stop(introduction: Introduction, *, by: User | None, now: datetime) -> None:
    if introduction.clock and introduction.clock.is_open:
        clocks.stop(introduction.clock, by=by, now=now)


def _record_item(kind: str, item: SupplyItem, *, by: User, now: datetime) -> None:
    events.record(
        kind,
        subject=item,
        by=by,
        at=now,
        enterprise_id=item.enterprise_id,
        thread=thread_of(item.enterprise_id),
        direction=item.direction,
        industry=item.industry_code,
        text=item.text,
    )


def _record(
    kind: str, introduction: Introduction, side: Direction, *, by: User | None, now: datetime, **data: Any
) -> Event:
    """One event on the timeline of one side's own file; it names what that side itself makes or buys, and nothing else."""
    own = item_of(introduction, side)
    return events.record(
        kind,
        subject=introduction,
        by=by,
        at=now,
        enterprise_id=own.enterprise_id,
        thread=thread_of(own.enterprise_id),
        side=side,
        text=own.text,
        **data,
    )
