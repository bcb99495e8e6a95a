"""Keep what is said of enterprises: one door for forms, visits, imports and applications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import EllipsisType
from typing import Any

from django.db import connection, transaction

from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles import items
from profiles.amounts import CURRENCIES
from profiles.enums import ValueSource
from profiles.models import UNDATED, Document, ProfileValue
from profiles.reading import Content
from profiles.services import tags
from profiles.services.holding import hold
from profiles.trust import takes_the_place

# As the constraint value_year_makes_sense has it.
FIRST_YEAR, LAST_YEAR = 1949, 2200
# Column by column, which costs a fifth of what rows of the ORM cost: an import brings hundreds of thousands.
_COLUMNS = {
    "enterprise_id": "bigint",
    "item": "text",
    "year": "smallint",
    "number": "numeric",
    "text": "text",
    "day": "date",
    "flag": "boolean",
    "currency": "text",
    "source": "text",
    "said_by_id": "bigint",
    "said_at": "timestamptz",
    "document_id": "bigint",
    "note": "text",
    "is_accepted": "boolean",
}
_INSERT = f"""
INSERT INTO profiles_profilevalue ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)}
FROM unnest({", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())}) WITH ORDINALITY AS v({", ".join(_COLUMNS)}, place)
ORDER BY place RETURNING id
"""  # noqa: S608 - names of columns alone


@dataclass(frozen=True)
class Said:
    """One value of an item: a number in the item's unit, or the text, day or flag that its kind asks for."""

    item: str
    value: Content
    year: int = UNDATED
    currency: str = ""


@transaction.atomic
def record_values(
    enterprise: Enterprise,
    said: Sequence[Said],
    *,
    source: ValueSource,
    by: User | None,
    now: datetime,
    document: Document | None = None,
    note: str = "",
) -> list[ProfileValue]:
    """Keep values that one source gave of one enterprise; the rows that are new. See record_all."""
    return record_all({enterprise.pk: said}, source=source, by=by, now=now, document=document, note=note)


@transaction.atomic
def record_all(
    said: Mapping[int, Sequence[Said]],
    *,
    source: ValueSource,
    by: User | None,
    now: datetime,
    document: Document | None = None,
    note: str = "",
) -> list[ProfileValue]:
    """Keep values of many enterprises, by their numbers; facts and tags follow in the same transaction.

    What the same source has said last of an item and year, and says again, is not written again. A new value counts unless
    a source that is trusted more has said another (profiles.trust). Writes one event for each enterprise that got something
    new. Raises ValueError for a value that does not fit its item.
    """
    said = _forwarded(said, hold(said))
    known = latest(said)
    fresh, replaced = [], []
    for enterprise_id, values in said.items():
        for one in values:
            content = fitting(one)
            key = enterprise_id, one.item, one.year
            mine = known.get((*key, source))
            if mine is not None and (mine.value, mine.currency) == (content, one.currency):
                continue
            counts = known.get((*key, ""))
            is_accepted = counts is None or takes_the_place(source, counts.source)
            if counts is not None and is_accepted and counts.pk:
                replaced.append(counts.pk)
            row = ProfileValue(
                enterprise_id=enterprise_id,
                item=one.item,
                year=one.year,
                currency=one.currency,
                source=source,
                said_by=by,
                said_at=now,
                document=document,
                note=note,
                is_accepted=is_accepted,
                **{items.items()[one.item].column: content},
            )
            fresh.append(row)
            known[(*key, source)] = row
            if is_accepted:
                if counts is not None and not counts.pk:
                    counts.is_accepted = False  # said twice in one go: the later counts
                known[(*key, "")] = row
    ProfileValue.objects.filter(pk__in=replaced).update(is_accepted=False)
    _insert(fresh)
    _note(fresh, source=source, by=by, now=now)
    tags.follow({row.enterprise_id for row in fresh}, now=now)
    return fresh


class SettledElsewhere(Exception):
    """Meanwhile another value counts than whoever decided was shown; nothing was written."""


@transaction.atomic
def accept_value(value: ProfileValue, *, by: User, now: datetime, instead_of: int | EllipsisType = ...) -> None:
    """Of several sources that differ, this one counts from now on: somebody has looked. If it counts already, nothing happens.

    `instead_of` is the number of the value that was shown to count. Raises SettledElsewhere if another does.
    """
    value.enterprise_id = hold([value.enterprise_id])[value.enterprise_id]
    same = {"enterprise_id": value.enterprise_id, "item": value.item, "year": value.year}
    counts = ProfileValue.objects.filter(**same, is_accepted=True).values_list("pk", flat=True).first()
    if counts == value.pk:
        return
    if instead_of not in (..., counts):
        raise SettledElsewhere(value)
    ProfileValue.objects.filter(**same, is_accepted=True).update(is_accepted=False)
    ProfileValue.objects.filter(pk=value.pk).update(is_accepted=True)
    events.record(
        "value.accepted",
        subject=value,
        by=by,
        at=now,
        enterprise_id=value.enterprise_id,
        thread=thread_of(value.enterprise_id),
        item=value.item,
        year=value.year,
        source=value.source,
    )
    tags.follow([value.enterprise_id], now=now)


def thread_of(enterprise_id: int) -> str:
    """The timeline of a file in the log."""
    return f"file:{enterprise_id}"


def latest(said: Mapping[int, Sequence[Said]]) -> dict[tuple[int, str, int, str], ProfileValue]:
    """What counts (source "") and what each source said last, of the items that are said now."""
    named = {one.item for values in said.values() for one in values}
    rows = ProfileValue.objects.filter(enterprise__in=list(said), item__in=named).order_by("said_at", "pk")
    found: dict[tuple[int, str, int, str], ProfileValue] = {}
    for row in rows.iterator(chunk_size=5000):
        key = row.enterprise_id, row.item, row.year
        found[(*key, row.source)] = row
        if row.is_accepted:
            found[(*key, "")] = row
    return found


def fitting(said: Said) -> Content:
    """The value as its column holds it. Raises ValueError."""
    item, value = items.items().get(said.item), said.value
    if item is None:
        raise ValueError(f"no such item: {said.item}")
    if item.by_year != (said.year != UNDATED):
        raise ValueError(f"{said.item}: {'needs' if item.by_year else 'has no'} year")
    if item.by_year and not FIRST_YEAR <= said.year <= LAST_YEAR:
        raise ValueError(f"{said.item}: no year that makes sense: {said.year}")
    if said.currency and not (item.is_money and said.currency in CURRENCIES):
        raise ValueError(f"{said.item}: no such currency: {said.currency}")
    if item.column == "number":
        if isinstance(value, bool | str | date):
            raise ValueError(f"{said.item}: not a number")
        return Decimal(value).quantize(Decimal("0.0001"))
    wanted: Any = {"text": str, "day": date, "flag": bool}[item.column]
    if not isinstance(value, wanted):
        raise ValueError(f"{said.item}: not a {item.column}")
    is_unknown_choice = item.kind in {"choice", "region"} and value not in item.choices
    if is_unknown_choice or (item.kind == "industry" and not items.is_industry(str(value))):
        raise ValueError(f"{said.item}: no such choice: {value}")
    return value


def _forwarded(said: Mapping[int, Sequence[Said]], held: Mapping[int, int]) -> Mapping[int, Sequence[Said]]:
    if all(pk == kept for pk, kept in held.items()):
        return said
    found: dict[int, list[Said]] = {}
    for pk, values in said.items():
        found.setdefault(held.get(pk, pk), []).extend(values)
    return found


def _insert(fresh: Sequence[ProfileValue]) -> None:
    """Write new rows and give them their numbers, which rise in the order of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [[getattr(row, name) for row in fresh] for name in _COLUMNS])
        numbers = sorted(pk for (pk,) in cursor.fetchall())
    for row, pk in zip(fresh, numbers, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, "default"


def _note(fresh: Sequence[ProfileValue], *, source: ValueSource, by: User | None, now: datetime) -> None:
    by_enterprise: dict[int, list[ProfileValue]] = {}
    for row in fresh:
        by_enterprise.setdefault(row.enterprise_id, []).append(row)
    notes = [
        events.Note(
            Enterprise(pk=enterprise_id),
            {
                "source": source,
                "items": sorted({row.item for row in rows}),
                "differs": sorted({row.item for row in rows if not row.is_accepted}),
            },
            enterprise_id=enterprise_id,
            thread=thread_of(enterprise_id),
        )
        for enterprise_id, rows in by_enterprise.items()
    ]
    events.record_many("file.changed", notes, by=by, at=now)
