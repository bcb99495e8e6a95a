"""The brief of a visit: what has changed since the last one, and what there is to ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.accounts.models import User
from park.accounts.templatetags.portal import day_words
from park.deadlines.workdays import local_day
from profiles import items
from profiles.amounts import value_words
from profiles.briefs import Line, Section, further_sections
from profiles.enums import ValueSource, VisitState
from profiles.models import UNDATED, Contact, Need, ProfileValue, Tag, Visit

# Asked for at every visit, each for the year that has closed.
MAIN = ("revenue", "tax_paid", "rd_spending", "headcount", "headcount_needed")
STALE_AFTER = timedelta(days=456)  # 15 months
EXPIRES_WITHIN = timedelta(days=120)
MOST = 8


@dataclass(frozen=True)
class Brief:
    sections: Sequence[Section]
    contacts: Sequence[Contact]
    last: Visit | None
    known: dict[str, Decimal]
    year: int


def brief_of(visit: Visit, user: User, now: datetime) -> Brief:
    """Everything on one page, for whoever goes there."""
    enterprise, today = visit.enterprise, local_day(now)
    year = today.year - 1
    earlier = Visit.objects.filter(enterprise=enterprise, state=VisitState.HELD).exclude(pk=visit.pk)
    last = earlier.select_related("reported_by").order_by("-held_on", "-pk").first()
    values = _latest_of_sources(enterprise.pk)
    counting = {(row.item, row.year): row for row in values if row.is_accepted}
    sections = [
        _needs(enterprise.pk, last, now),
        _changed(counting.values(), last, now),
        _missing(counting, year, now),
        _differences(values),
        _expiring(enterprise.pk, now),
        *further_sections(enterprise, user, now),
    ]
    known = {item: row.number for item in MAIN if (row := counting.get((item, year))) and row.number is not None}
    contacts = list(Contact.objects.present().filter(enterprise=enterprise)[:MOST])
    return Brief(sections, contacts, last, known, year)


def row_words(row: ProfileValue) -> str:
    item = items.items().get(row.item)
    return value_words(item, row.value, row.currency) if item else str(row.value)


def item_words(item: str, year: int = UNDATED) -> str:
    known = items.items().get(item)
    name = str(known.label) if known else item
    return f"{name} {year}" if year else name


def _latest_of_sources(enterprise: int) -> list[ProfileValue]:
    """What each source said last of each item and year, and what counts."""
    rows = ProfileValue.objects.filter(enterprise=enterprise)
    latest = rows.order_by("item", "year", "source", "-said_at", "-pk").distinct("item", "year", "source")
    return list(rows.filter(pk__in=latest.values("pk")) | rows.filter(is_accepted=True))


def _needs(enterprise: int, last: Visit | None, now: datetime) -> Section:
    today = local_day(now)
    rows = Need.objects.filter(enterprise=enterprise).select_related("category").order_by("closed_at", "-raised_at")
    open_first = sorted(rows[:50], key=lambda need: (need.closed_at is not None, -need.raised_at.timestamp()))
    lines = [
        Line(
            f"{need.category.name}: {need.text}",
            note=f"{need.get_state_display()} · {day_words(need.raised_at, today)}",
        )
        for need in open_first[:MOST]
    ]
    return Section(gettext_lazy("Needs, open ones first"), lines, gettext_lazy("None so far."), "chat-left-text")


def _changed(counting: Iterable[ProfileValue], last: Visit | None, now: datetime) -> Section:
    """Values that came since the last visit, the newest first; all that is known where there was none."""
    today = local_day(now)
    since = last.reported_at if last else None
    rows = sorted(
        (row for row in counting if since is None or row.said_at > since), key=lambda row: row.said_at, reverse=True
    )
    lines = [
        Line(
            f"{item_words(row.item, row.year)}: {row_words(row)}",
            note=f"{row.get_source_display()} · {day_words(row.said_at, today)}",
        )
        for row in rows[:MOST]
    ]
    title = gettext_lazy("Changed since the last visit") if last else gettext_lazy("Newest values of the file")
    return Section(title, lines, gettext_lazy("Nothing has changed in the file."), "clock-history")


def _missing(counting: dict[tuple[str, int], ProfileValue], year: int, now: datetime) -> Section:
    """Main items that nobody has said of last year, and what was said so long ago that it is to be asked again."""
    today = local_day(now)
    lines = [Line(item_words(item, year), note=_("not known yet")) for item in MAIN if (item, year) not in counting]
    old = [row for row in counting.values() if row.year == UNDATED and now - row.said_at > STALE_AFTER]
    lines += [
        Line(
            f"{item_words(row.item)}: {row_words(row)}",
            note=_("last said %(when)s") % {"when": day_words(row.said_at, today)},
        )
        for row in sorted(old, key=lambda row: row.said_at)[:MOST]
    ]
    return Section(
        gettext_lazy("To be asked"), lines, gettext_lazy("The main figures are complete."), "question-circle"
    )


def _differences(values: Iterable[ProfileValue]) -> Section:
    """Items of which two sources say different things."""
    by_item: dict[tuple[str, int], list[ProfileValue]] = {}
    for row in values:
        by_item.setdefault((row.item, row.year), []).append(row)
    lines = [
        Line(
            item_words(item, year),
            note="; ".join(f"{ValueSource(row.source).label}: {row_words(row)}" for row in rows),
        )
        for (item, year), rows in sorted(by_item.items())
        if len({(row.value, row.currency) for row in rows}) > 1
    ]
    return Section(
        gettext_lazy("Sources that differ"), lines[:MOST], gettext_lazy("All sources agree."), "exclamation-diamond"
    )


def _expiring(enterprise: int, now: datetime) -> Section:
    today = local_day(now)
    rows = Tag.objects.open().filter(enterprise=enterprise, expires_on__lte=today + EXPIRES_WITHIN)
    lines = [
        Line(tag.rule.name, note=_("until %(when)s") % {"when": day_words(tag.expires_on, today)})
        for tag in rows.select_related("rule").order_by("expires_on")[:MOST]
        if tag.expires_on
    ]
    return Section(gettext_lazy("Tags that end soon"), lines, gettext_lazy("None."), "patch-check")
