"""The list of enterprises with what their files say at a glance, newest first or as they fit the words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet

from park.accounts.models import Enterprise
from profiles import items
from profiles.enums import KeyKind, NameKind, VisitState
from profiles.models import EnterpriseName, Tag
from profiles.selectors import search

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One enterprise of the list. `former` is the name by which it was found, where that is one it no longer has."""

    enterprise: Any
    industry: str
    tags: list[Tag]
    specialist: str
    visited_on: date | None
    former: str


@dataclass(frozen=True)
class Page:
    """`before` and `after` are where the pages beside this one begin; `is_cut`: more fit the words than are shown."""

    rows: list[Row]
    before: int | None = None
    after: int | None = None
    is_cut: bool = False


def page(
    among: QuerySet[Enterprise],
    words: str,
    *,
    is_narrowed: bool = False,
    before: int | None = None,
    after: int | None = None,
) -> Page:
    """With words: the best fitting, at most search.MOST. Without: PAGE of them by number, downwards from `after` or
    upwards from `before`."""
    if words.strip():
        fitting = search.found(words, among, is_narrowed=is_narrowed)
        by_pk = _with_glance(among).in_bulk(list(fitting.by))
        rows = [_row(by_pk[pk], kind, words) for pk, kind in fitting.by.items() if pk in by_pk]
        return Page(rows, is_cut=fitting.is_cut)
    if before:
        found = list(_with_glance(among.filter(pk__gt=before)).order_by("pk")[: PAGE + 1])
        shown = found[:PAGE][::-1]
        is_first, is_last = len(found) <= PAGE, False
    else:
        rest = among.filter(pk__lt=after) if after else among
        found = list(_with_glance(rest).order_by("-pk")[: PAGE + 1])
        shown = found[:PAGE]
        is_first, is_last = not after, len(found) <= PAGE
    return Page(
        [_row(one, "", "") for one in shown],
        before=None if is_first or not shown else shown[0].pk,
        after=None if is_last or not shown else shown[-1].pk,
    )


def _with_glance(among: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
    former = EnterpriseName.objects.filter(kind=NameKind.FORMER).order_by("pk")
    return (
        among.select_related("profile__specialist__user", "facts")
        .annotate(visited_on=Max("visits__held_on", filter=Q(visits__state=VisitState.HELD)))
        .prefetch_related(
            Prefetch(
                "tags", Tag.objects.open().select_related("rule").order_by("rule__order", "pk"), to_attr="open_tags"
            ),
            Prefetch("names", former, to_attr="former_names"),
        )
    )


def _row(one: Any, kind: str, words: str) -> Row:
    profile, sheet = getattr(one, "profile", None), getattr(one, "facts", None)
    code = sheet.industry_code if sheet else ""
    former = [name.text for name in one.former_names] if kind in {KeyKind.FORMER, KeyKind.FORMER_PINYIN} else []
    return Row(
        enterprise=one,
        industry=items.industry_name(code) if code else (profile.industry if profile else ""),
        tags=_once(one.open_tags),
        specialist=str(profile.specialist.user) if profile and profile.specialist else "",
        visited_on=one.visited_on,
        former=search.best_of(former, words),
    )


def _once(tags: list[Tag]) -> list[Tag]:
    """A tag that came by rule and by certificate is one."""
    return list({tag.rule_id: tag for tag in reversed(tags)}.values())[::-1]
