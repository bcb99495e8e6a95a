"""What enterprises make and buy, who fits whom, and how introductions stand; each page is a few queries, however long."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, Q, QuerySet

from park.accounts.enums import Approval
from park.accounts.models import Enterprise, Membership, User
from park.accounts.permissions import enterprises_of
from park.deadlines.selectors import ClockView, calendar, clock_view
from profiles import masking, pairing
from profiles.enums import Direction, IntroductionState, Outcome, TagGroup
from profiles.items import Named, industry_name
from profiles.models import Contact, EnterpriseName, EnterpriseProfile, Introduction, SupplyItem
from profiles.permissions.supply import have_met, side_among

# How many partners of one item are weighed in full, the best by industry and words first.
WEIGHED = 40

# Partners of each of `items`: of the same division or with words in common, of another enterprise of the park, and not
# proposed before. The indexes supply_division and supply_words find them.
_PARTNERS = """
SELECT mine.id, theirs.id, f.sme_size, t.names,
       (SELECT count(DISTINCT w.enterprise_id) FROM profiles_introduction i
        JOIN profiles_supplyitem o ON o.id = i.offer_id JOIN profiles_supplyitem w ON w.id = i.want_id
        WHERE o.enterprise_id = maker.id AND i.outcome = %(business)s)
FROM profiles_supplyitem mine
CROSS JOIN LATERAL (
    SELECT o.id, o.enterprise_id
    FROM profiles_supplyitem o
    JOIN accounts_enterprise e ON e.id = o.enterprise_id AND e.approval = %(approved)s AND e.merged_into_id IS NULL
    WHERE o.ended_at IS NULL AND o.direction <> mine.direction AND o.enterprise_id <> mine.enterprise_id
      AND (left(o.industry_code, 2) = left(mine.industry_code, 2) OR o.words && mine.words)
      AND NOT EXISTS (
          SELECT 1 FROM profiles_introduction i
          WHERE (i.want_id = mine.id AND i.offer_id = o.id) OR (i.want_id = o.id AND i.offer_id = mine.id))
    ORDER BY (CASE WHEN o.industry_code = mine.industry_code THEN 50
                   WHEN left(o.industry_code, 3) = left(mine.industry_code, 3) THEN 40
                   WHEN left(o.industry_code, 2) = left(mine.industry_code, 2) THEN 25 ELSE 0 END)
           + 30.0 * (SELECT count(*) FROM unnest(o.words) AS word WHERE word = ANY(mine.words))
                  / greatest(cardinality(CASE WHEN mine.direction = %(buys)s THEN mine.words ELSE o.words END), 1) DESC,
             o.id
    LIMIT %(weighed)s
) theirs
CROSS JOIN LATERAL (
    SELECT CASE WHEN mine.direction = %(makes)s THEN mine.enterprise_id ELSE theirs.enterprise_id END AS id
) maker
LEFT JOIN profiles_factsheet f ON f.enterprise_id = maker.id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(DISTINCT jsonb_build_array(r.name_zh, r.name_en)) AS names
    FROM profiles_tag g JOIN profiles_tagrule r ON r.id = g.rule_id
    WHERE g.enterprise_id = maker.id AND g.ended_at IS NULL AND r."group" = %(qualification)s
) t ON true
WHERE mine.id = ANY(%(items)s)
"""


@dataclass(frozen=True)
class Match:
    """A partner of an item of ours: how well it fits, out of 100, and why."""

    item: SupplyItem
    partner: SupplyItem
    points: int
    reasons: Sequence[pairing.Reason]

    @property
    def told(self) -> list[str]:
        return pairing.told(self.reasons)

    @property
    def want(self) -> SupplyItem:
        return self.item if self.item.direction == Direction.BUYS else self.partner

    @property
    def offer(self) -> SupplyItem:
        return self.partner if self.item.direction == Direction.BUYS else self.item


def matches(items: Collection[SupplyItem], *, each: int) -> dict[int, list[Match]]:
    """By item: its best partners inside the park, the best first. Two queries, however many items."""
    mine = {item.pk: item for item in items if item.ended_at is None}
    found: dict[int, list[Match]] = {pk: [] for pk in mine}
    if not mine:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            _PARTNERS,
            {
                "items": list(mine),
                "weighed": WEIGHED,
                "approved": Approval.APPROVED,
                "business": Outcome.BUSINESS,
                "qualification": TagGroup.QUALIFICATION,
                "buys": Direction.BUYS,
                "makes": Direction.MAKES,
            },
        )
        rows = cursor.fetchall()
    theirs = SupplyItem.objects.select_related("enterprise").in_bulk({row[1] for row in rows})
    for our_pk, their_pk, size, tags, customers in rows:
        item, partner = mine[our_pk], theirs[their_pk]
        is_want = item.direction == Direction.BUYS
        fit = _fit(*((item, partner) if is_want else (partner, item)), size=size, tags=tags, customers=customers)
        if fit is not None:
            found[our_pk].append(Match(item, partner, fit.points, fit.reasons))
    return {pk: sorted(some, key=lambda match: (-match.points, match.partner.pk))[:each] for pk, some in found.items()}


def reasons_of(want: SupplyItem, offer: SupplyItem) -> list[pairing.Reason]:
    """Why these two fit; empty where a specialist sees more in it than the rule does."""
    found = matches([want], each=WEIGHED)[want.pk]
    known = next((list(match.reasons) for match in found if match.partner.pk == offer.pk), None)
    if known is not None:
        return known
    fit = _fit(want, offer, size=None, tags=None, customers=0)
    return list(fit.reasons) if fit else []


def _fit(want: SupplyItem, offer: SupplyItem, *, size: str | None, tags: Any, customers: int) -> pairing.Fit | None:
    return pairing.fit(
        pairing.Want(want.industry_code, want.text, want.wants_local),
        pairing.Offer(
            offer.industry_code,
            offer.text,
            size or "",
            tuple(Named(zh, en) for zh, en in _rows(tags)),
            customers,
        ),
    )


def _rows(value: Any) -> list[Any]:
    """A JSON array as the cursor gives it, decoded or as text."""
    if isinstance(value, str):
        value = json.loads(value)
    return value or []


# -- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """An item in a list, with its partners where the reader is of the park."""

    item: SupplyItem
    matches: Sequence[Match] = field(default=())

    @property
    def industry(self) -> str:
        return industry_name(self.item.industry_code)


def lines(items: Iterable[SupplyItem], *, each: int = 0) -> list[Line]:
    listed = list(items)
    partners = matches(listed, each=each) if each else {}
    return [Line(item, partners.get(item.pk, ())) for item in listed]


def open_items(enterprise: Enterprise) -> QuerySet[SupplyItem]:
    return SupplyItem.objects.filter(enterprise=enterprise, ended_at__isnull=True).select_related("enterprise")


def open_wants(*, local_only: bool = True) -> QuerySet[SupplyItem]:
    """What enterprises of the park buy, the newest first."""
    wants = SupplyItem.objects.open().filter(direction=Direction.BUYS).select_related("enterprise").order_by("-pk")
    return wants.filter(wants_local=True) if local_only else wants


# -- introductions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Partner:
    """How somebody of a side that has been met is reached."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class OtherSide:
    """What one side sees of the other: before both agreed its industry, and what it makes or buys without its name if it lets
    that be shown; afterwards who it is and how it is reached."""

    direction: str
    industry_code: str
    text: str
    name: str = ""
    contact: Partner | None = None

    @property
    def industry(self) -> str:
        return industry_name(self.industry_code)


@dataclass(frozen=True)
class OwnIntroduction:
    """An introduction as one of its two sides sees it. Nothing else of it may reach their page or program."""

    pk: int
    side: Direction
    state: str
    own: SupplyItem
    other: OtherSide
    proposed_at: datetime
    specialist: str
    agreed_at: datetime | None
    expires_at: datetime | None
    closed_at: datetime | None
    outcome: str
    saving_percent: Decimal | None

    @property
    def state_label(self) -> str:
        return str(IntroductionState(self.state).label)

    @property
    def outcome_label(self) -> str:
        return str(Outcome(self.outcome).label) if self.outcome else ""

    @property
    def waits_for_us(self) -> bool:
        return self.state == IntroductionState.PROPOSED and self.agreed_at is None

    @property
    def has_met(self) -> bool:
        return self.state in {IntroductionState.AGREED, IntroductionState.CONCLUDED}


def own_introductions(found: Sequence[Introduction], own: set[int]) -> list[OwnIntroduction]:
    """Introductions as the side sees them that is among the enterprises `own`."""
    sided = [(introduction, side_among(own, introduction)) for introduction in found]
    others = {introduction.pk: _other(introduction, side) for introduction, side in sided}
    met = {others[i.pk].enterprise_id for i, _side in sided if have_met(i)}
    hidden = {others[i.pk].enterprise_id for i, _side in sided if not have_met(i)}
    partners, identities = _partners(met), _identities(hidden)
    return [_as_seen(i, side, others[i.pk], partners, identities) for i, side in sided]


def _as_seen(
    introduction: Introduction,
    side: Direction,
    other: SupplyItem,
    partners: dict[int, Partner],
    identities: dict[int, tuple[list[str], list[str]]],
) -> OwnIntroduction:
    is_buyer = side == Direction.BUYS
    if have_met(introduction):
        pk = other.enterprise_id
        seen = OtherSide(other.direction, other.industry_code, other.text, other.enterprise.name, partners.get(pk))
    else:
        names, traces = identities[other.enterprise_id]
        text = masking.masked(other.text, names, traces) if other.is_shown else ""
        seen = OtherSide(other.direction, other.industry_code, text)
    return OwnIntroduction(
        pk=introduction.pk,
        side=side,
        state=introduction.state,
        own=introduction.want if is_buyer else introduction.offer,
        other=seen,
        proposed_at=introduction.proposed_at,
        specialist=introduction.proposed_by.get_full_name(),
        agreed_at=introduction.buyer_agreed_at if is_buyer else introduction.maker_agreed_at,
        expires_at=introduction.expires_at,
        closed_at=introduction.closed_at,
        outcome=introduction.outcome,
        saving_percent=introduction.saving_percent,
    )


def _other(introduction: Introduction, side: Direction) -> SupplyItem:
    return introduction.offer if side == Direction.BUYS else introduction.want


def _partners(enterprises: Collection[int]) -> dict[int, Partner]:
    """Whom to speak with first at these enterprises."""
    first = Contact.objects.present().filter(enterprise__in=enterprises, is_first=True)
    return {c.enterprise_id: Partner(c.name, c.position, c.phone, c.email) for c in first}


def _identities(enterprises: Collection[int]) -> dict[int, tuple[list[str], list[str]]]:
    """By enterprise: its names, and the people, numbers and places by which it is known."""
    names: dict[int, list[str]] = {pk: [] for pk in enterprises}
    traces: dict[int, list[str]] = {pk: [] for pk in enterprises}
    if enterprises:
        for pk, zh, en, code in Enterprise.objects.filter(pk__in=enterprises).values_list(
            "pk", "name_zh", "name_en", "uscc"
        ):
            names[pk] += [zh, en]
            traces[pk] += [code or ""]
        for pk, name, pinyin in EnterpriseName.objects.filter(enterprise__in=enterprises).values_list(
            "enterprise", "text", "pinyin"
        ):
            names[pk] += [name, pinyin]
        for pk, *known in Contact.objects.filter(enterprise__in=enterprises).values_list(
            "enterprise", "name", "phone", "email"
        ):
            traces[pk] += known
        acting = Membership.objects.active().filter(enterprise__in=enterprises)
        for pk, *known in acting.values_list("enterprise", "user__name", "user__phone", "user__email"):
            traces[pk] += known
        for pk, address in EnterpriseProfile.objects.filter(pk__in=enterprises).values_list("pk", "address"):
            traces[pk].append(address)
    return {pk: (names[pk], traces[pk]) for pk in enterprises}


@dataclass(frozen=True)
class DeskIntroduction:
    """An introduction as the park's people see it."""

    introduction: Introduction
    clock: ClockView | None

    @property
    def told(self) -> list[str]:
        return pairing.told(self.introduction.reasons)


def desk_introductions(found: Iterable[Introduction], now: datetime) -> list[DeskIntroduction]:
    in_force = calendar()
    return [DeskIntroduction(i, clock_view(i.clock, now, in_force=in_force) if i.clock else None) for i in found]


@dataclass(frozen=True)
class Figures:
    """How many were introduced; of those that are over by their own end, how many became business; the mean saving, percent."""

    introductions: int
    concluded: int
    business: int
    saving: Decimal | None

    @property
    def share(self) -> int | None:
        """Of the concluded, percent."""
        return round(100 * self.business / self.concluded) if self.concluded else None


def figures(introductions: QuerySet[Introduction]) -> Figures:
    found = introductions.order_by().aggregate(
        introductions=Count("pk"),
        concluded=Count("pk", filter=Q(state=IntroductionState.CONCLUDED)),
        business=Count("pk", filter=Q(outcome=Outcome.BUSINESS)),
        saving=Avg("saving_percent"),
    )
    return Figures(**found)


def by_state(introductions: QuerySet[Introduction]) -> dict[str, int]:
    return dict(introductions.order_by().values("state").annotate(n=Count("pk")).values_list("state", "n"))


def own_enterprises(user: User) -> set[int]:
    """The numbers of the approved enterprises that a person acts for."""
    return set(enterprises_of(user).approved().values_list("pk", flat=True))


def waiting_for(own: set[int]) -> int:
    """How many introductions wait for an answer of these enterprises."""
    asked = Introduction.objects.filter(state=IntroductionState.PROPOSED)
    buys, makes = Q(want__enterprise__in=own, buyer_agreed_at=None), Q(offer__enterprise__in=own, maker_agreed_at=None)
    return asked.filter(buys | makes).count()
