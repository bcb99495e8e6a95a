"""What would stand twice when two files become one, and which of the two remains. Part of services.merging.

Nothing that was said is lost: it stays as history of the kept file, goes into the row that remains, or, where a file has
one such row alone, into the event of the merge.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.forms.models import model_to_dict
from django.utils import timezone

from park.accounts import services as accounts
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, Membership, User
from park.deadlines import services as deadlines
from park.deadlines.enums import OPEN as OPEN_CLOCK
from profiles.enums import IntroductionState, NameKind, PredictionState, VisitState
from profiles.models import (
    Contact,
    EnterpriseName,
    EnterpriseProfile,
    FactSheet,
    Introduction,
    PredictedNeed,
    ProfileValue,
    Referral,
    SearchKey,
    SupplyItem,
    Tag,
    Visit,
)
from profiles.services import supply
from profiles.trust import takes_the_place

Left = dict[str, Any]

_COUNTING_VISITS = {VisitState.HELD: 2, VisitState.PLANNED: 1, VisitState.CANCELLED: 0}


def settle(kept: Enterprise, gone: Enterprise, *, by: User, now: datetime) -> Left:
    """Make room; what is left of rows of which a file has but one, for the log."""
    left: Left = {}
    _members(kept, gone, by=by, now=now)
    _names(kept, gone, now)
    _values(kept, gone)
    _tags(kept, gone, now)
    _contacts(kept, gone, now)
    _supply(kept, gone, by, now)
    _predictions(kept, gone, by, now)
    _visits(kept, gone, by=by, now=now, left=left)
    _referrals(kept, gone, left)
    _profile(kept, gone, now, left)
    FactSheet.objects.filter(enterprise=gone).delete()
    SearchKey.objects.filter(enterprise=gone).delete()
    return left


def _members(kept: Enterprise, gone: Enterprise, *, by: User, now: datetime) -> None:
    """Who acts for both acts for the kept one, with the further-reaching of both rights."""
    open_ = Membership.objects.filter(ended_at__isnull=True)
    mine = {one.user_id: one for one in open_.filter(enterprise=kept)}
    for other in open_.filter(enterprise=gone, user__in=mine):
        own = mine[other.user_id]
        Membership.objects.filter(pk=other.pk).update(ended_at=now)
        if other.approval != Approval.APPROVED:
            continue
        if own.approval == Approval.PENDING:
            accounts.decide_membership(membership=own, approve=True, by=by, now=now)
        if other.is_signatory and not own.is_signatory:
            accounts.name_signatory(membership=own, by=by, now=now)


def _names(kept: Enterprise, gone: Enterprise, now: datetime) -> None:
    """Every name of the one that goes is a former name of the kept one, unless that has it already."""
    rows = EnterpriseName.objects.filter(enterprise=gone)
    mine = set(EnterpriseName.objects.filter(enterprise=kept).values_list("text", flat=True))
    mine |= {kept.name_zh, kept.name_en}
    rows.filter(text__in=mine).delete()
    for text in dict.fromkeys([gone.name_zh, gone.name_en]):
        if text and text not in mine and not rows.filter(text=text).exists():
            EnterpriseName.objects.create(enterprise=gone, kind=NameKind.FORMER, text=text)
    earlier = EnterpriseName.objects.filter(enterprise=gone, text=OuterRef("text"), pk__lt=OuterRef("pk"))
    rows.filter(Exists(earlier)).delete()
    today = timezone.localtime(now).date()
    rows.exclude(kind=NameKind.FORMER).update(kind=NameKind.FORMER, until=today)


def _values(kept: Enterprise, gone: Enterprise) -> None:
    """Of two values that count, the one whose source is trusted more counts on; of equals the kept file's."""
    counting = ProfileValue.objects.filter(is_accepted=True)
    theirs = {(one.item, one.year): one for one in counting.filter(enterprise=gone)}
    losers = []
    for own in counting.filter(enterprise=kept):
        other = theirs.get((own.item, own.year))
        if other:
            losers.append(other.pk if takes_the_place(own.source, other.source) else own.pk)
    ProfileValue.objects.filter(pk__in=losers).update(is_accepted=False)


def _tags(kept: Enterprise, gone: Enterprise, now: datetime) -> None:
    same = Tag.objects.open().filter(enterprise=kept, rule=OuterRef("rule"), origin=OuterRef("origin"))
    double = Tag.objects.open().filter(Exists(same), enterprise=gone)
    double.update(ended_at=now, ending={"merged_into": kept.pk})


def _contacts(kept: Enterprise, gone: Enterprise, now: datetime) -> None:
    mine = Contact.objects.present().filter(enterprise=kept)
    theirs = Contact.objects.present().filter(enterprise=gone)
    theirs.filter(Exists(mine.filter(name=OuterRef("name"), phone=OuterRef("phone")))).update(
        ended_at=now, is_first=False
    )
    if mine.filter(is_first=True).exists():
        theirs.filter(is_first=True).update(is_first=False)


def _supply(kept: Enterprise, gone: Enterprise, by: User, now: datetime) -> None:
    mine = SupplyItem.objects.filter(enterprise=kept, ended_at__isnull=True)
    same = mine.filter(direction=OuterRef("direction"), industry_code=OuterRef("industry_code"), text=OuterRef("text"))
    # an enterprise is not introduced to itself
    pair = Q(want__enterprise=kept, offer__enterprise=gone) | Q(want__enterprise=gone, offer__enterprise=kept)
    between = Introduction.objects.filter(pair, state__in=[IntroductionState.PROPOSED, IntroductionState.AGREED])
    supply.close_for_merge(between, is_told=False, by=by, now=now)
    doubled = list(SupplyItem.objects.filter(Exists(same), enterprise=gone, ended_at__isnull=True))
    SupplyItem.objects.filter(pk__in=[one.pk for one in doubled]).update(ended_at=now)
    about = Q(want__in=doubled) | Q(offer__in=doubled)
    waiting = Introduction.objects.filter(about, state=IntroductionState.PROPOSED)
    supply.close_for_merge(waiting, is_told=True, by=by, now=now)


def _predictions(kept: Enterprise, gone: Enterprise, by: User, now: datetime) -> None:
    open_ = PredictedNeed.objects.filter(state__in=[PredictionState.OPEN, PredictionState.SHARED])
    same = open_.filter(enterprise=kept, category=OuterRef("category"))
    open_.filter(Exists(same), enterprise=gone).update(state=PredictionState.DISMISSED, decided_by=by, decided_at=now)


def _visits(kept: Enterprise, gone: Enterprise, *, by: User, now: datetime, left: Left) -> None:
    """One visit of a kind in a period: the one that was held, else the planned one, else the kept file's.

    The other goes into it: its report is put behind, needs raised at it point to it, and its clock ends.
    """
    mine = {(one.kind, one.period): one for one in Visit.objects.filter(enterprise=kept)}
    for other in Visit.objects.filter(enterprise=gone).order_by("pk"):
        own = mine.get((other.kind, other.period))
        if own is None:
            continue
        further = _COUNTING_VISITS[VisitState(other.state)] > _COUNTING_VISITS[VisitState(own.state)]
        remains, goes = (other, own) if further else (own, other)
        if goes.report:
            words = "\n".join(filter(None, [f"{goes.held_on or ''} {goes.met}".strip(), goes.report]))
            remains.report = "\n\n".join(filter(None, [remains.report, words]))
            remains.save(update_fields=["report"])
        left.setdefault("visits", []).append(_plain(goes))
        _repoint(goes, remains)
        clock = goes.clock
        goes.delete()
        if clock.state in OPEN_CLOCK:
            deadlines.cancel(clock, by=by, now=now)


def _repoint(old: Visit, new: Visit) -> None:
    """Whatever points at one visit points at the other."""
    relation: Any
    for relation in Visit._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            key = relation.field
            key.model._base_manager.filter(**{key.name: old.pk}).update(**{key.name: new.pk})


def _referrals(kept: Enterprise, gone: Enterprise, left: Left) -> None:
    """Nobody recommended itself; of two recommendations of one enterprise the kept file's counts."""
    between = Referral.objects.filter(
        Q(enterprise=kept, referrer=gone) | Q(enterprise=gone, referrer=kept) | Q(enterprise=gone, referrer=gone)
    )
    theirs = Referral.objects.none()
    if Referral.objects.filter(enterprise=kept).exclude(referrer=gone).exists():
        theirs = Referral.objects.filter(enterprise=gone)
    for row in between | theirs:
        left.setdefault("referrals", []).append(_plain(row))
        row.delete()


def _profile(kept: Enterprise, gone: Enterprise, now: datetime, left: Left) -> None:
    """Of two heads the kept one stays; what it lacks is filled in."""
    other = EnterpriseProfile.objects.filter(enterprise=gone).first()
    own = EnterpriseProfile.objects.filter(enterprise=kept).first()
    if other is None or own is None:
        return
    left["profile"] = _plain(other)
    for field in ("industry", "business_scope", "address", "specialist_id"):
        if not getattr(own, field):
            setattr(own, field, getattr(other, field))
    if other.is_key and not own.is_key:
        own.is_key, own.key_reason = True, other.key_reason
    own.updated_at = now
    other.delete()
    own.save()


def _plain(row: Any) -> dict[str, Any]:
    """A row as the log keeps it."""
    return {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in model_to_dict(row).items()
        if value not in (None, "")
    }
