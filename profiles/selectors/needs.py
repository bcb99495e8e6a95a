"""Needs as the pages show them: lists by due date, the page of one, and what else belongs to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, Q, When

from park.accounts.bilingual import reads_chinese
from park.accounts.models import Enterprise, User
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.deadlines.workdays import Calendar
from park.team.models import Specialist
from profiles.enums import OPEN_NEEDS, NeedState
from profiles.models import Need, NeedCategory
from profiles.models.needs import NeedQuerySet
from profiles.permissions.needs import in_charge, visible_needs

PAGE = 50
MOST_PAGES = 2000
SHOWN = ("current", *(state.value for state in OPEN_NEEDS), "closed")


class Scope(StrEnum):
    MINE = "mine"
    DEPARTMENT = "department"
    ALL = "all"


@dataclass(frozen=True)
class Wanted:
    """What a person wants to see. `state` is one of SHOWN (current: whatever is not closed); `start` is the first row."""

    scope: Scope = Scope.ALL
    state: str = "current"
    category: str = ""
    text: str = ""
    start: int = 0


@dataclass(frozen=True)
class Row:
    need: Need
    clock: ClockView | None


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    previous: int | None
    next: int | None


@dataclass(frozen=True)
class Related:
    """Something of a floor above that belongs to a need, as one line of its page."""

    label: str
    note: str
    url: str


class Registry:
    """What floors above have to say about a need. Each gives a function (need, user) → lines."""

    def __init__(self) -> None:
        self._found: list[Callable[[Need, User], Sequence[Related]]] = []

    def register(self, found: Callable[[Need, User], Sequence[Related]]) -> None:
        self._found.append(found)

    def of(self, need: Need, user: User) -> list[Related]:
        return [line for found in self._found for line in found(need, user)]


related = Registry()


def categories_by_group() -> list[tuple[str, list[NeedCategory]]]:
    """The categories in use, by the name of their group, in the order of the file."""
    groups: dict[str, list[NeedCategory]] = {}
    for category in NeedCategory.objects.filter(is_active=True).select_related("department"):
        groups.setdefault(category.group_zh if reads_chinese() else category.group_en, []).append(category)
    return list(groups.items())


def in_scope(scope: Scope, specialist: Specialist | None) -> Q:
    """A manager has no needs of their own, and every department is theirs."""
    if specialist is None or scope == Scope.ALL:
        return Q()
    return Q(owner=specialist) if scope == Scope.MINE else in_charge(specialist)


def in_state(state: str) -> Q:
    if state in OPEN_NEEDS:
        return Q(state=state)
    return ~Q(state__in=OPEN_NEEDS) if state == "closed" else Q(state__in=OPEN_NEEDS)


def tally(user: User, specialist: Specialist | None, wanted: Wanted) -> dict[str, int]:
    """How many rows each scope (of the state that is shown) and each state (of the scope that is shown) would show."""
    narrowed = _matching(wanted)
    counts: dict[str, Any] = {
        f"scope_{scope}": Count("pk", filter=narrowed & in_state(wanted.state) & in_scope(scope, specialist))
        for scope in Scope
    }
    counts |= {
        f"state_{state}": Count("pk", filter=narrowed & in_state(state) & in_scope(wanted.scope, specialist))
        for state in SHOWN
    }
    return visible_needs(user).order_by().aggregate(**counts)


def needs_page(user: User, specialist: Specialist | None, wanted: Wanted, now: datetime) -> Page:
    """One page: what waits for an answer by its due date, then what is being seen to; closed ones newest first."""
    found = visible_needs(user).filter(in_scope(wanted.scope, specialist) & in_state(wanted.state) & _matching(wanted))
    ordered = found.order_by("-closed_at", "-pk") if wanted.state == "closed" else by_due_date(found)
    start = max(0, min(wanted.start, PAGE * MOST_PAGES))
    needs = list(ordered[start : start + PAGE + 1])
    return Page(
        rows(needs[:PAGE], now),
        previous=max(0, start - PAGE) if start else None,
        next=start + PAGE if len(needs) > PAGE else None,
    )


def needs_of(user: User, enterprise: Enterprise, now: datetime, *, closed_from: int = 0) -> tuple[list[Row], Page]:
    """The open needs of an enterprise by due date, and a page of its closed ones, newest first."""
    found = visible_needs(user).filter(enterprise=enterprise)
    start = max(0, min(closed_from, PAGE * MOST_PAGES))
    closed = list(found.filter(in_state("closed")).order_by("-closed_at", "-pk")[start : start + PAGE + 1])
    return rows(list(by_due_date(found.open())[: 4 * PAGE]), now), Page(
        rows(closed[:PAGE], now),
        previous=max(0, start - PAGE) if start else None,
        next=start + PAGE if len(closed) > PAGE else None,
    )


def by_due_date(needs: NeedQuerySet) -> NeedQuerySet:
    """What waits for its first answer has a date; what is being seen to comes after, the oldest first."""
    waits = When(state=NeedState.OPEN, then=F("clock__due_at"))
    place = Case(waits, default=None, output_field=models.DateTimeField())
    return needs.annotate(place=place).order_by(F("place").asc(nulls_last=True), "raised_at", "pk")


def rows(needs: Sequence[Need], now: datetime) -> list[Row]:
    in_force = calendar() if needs else None
    return [Row(need, _ticking(need, now, in_force)) for need in needs]


def _ticking(need: Need, now: datetime, in_force: Calendar | None) -> ClockView | None:
    """The clock of what still waits for its first answer."""
    if need.clock is None or need.state != NeedState.OPEN:
        return None
    return clock_view(need.clock, now, in_force=in_force)


def _matching(wanted: Wanted) -> Q:
    found = Q(category__code=wanted.category) if wanted.category else Q()
    if wanted.text:
        fields = ("text", "enterprise__name_zh", "enterprise__name_en", "enterprise__uscc")
        any_of = Q()
        for name in fields:
            any_of |= Q(**{f"{name}__icontains": wanted.text})
        found &= any_of
    return found
