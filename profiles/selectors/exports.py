"""Enterprises and what counts of them as the rows of a table, the same that an import takes."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from park.accounts.models import Enterprise, User
from profiles.models import UNDATED, Contact, ProfileValue
from profiles.permissions.files import visible_enterprises
from profiles.selectors import search
from profiles.services.profile import HEAD
from profiles.tables import Column, columns, of_template
from profiles.workbooks import Percent

CHUNK = 1000
MOST = 100_000


def chosen_enterprises(user: User, *, q: str = "", ids: Sequence[int] = ()) -> QuerySet[Enterprise]:
    """What a person may see, narrowed by the same words as the list of companies, or to what was ticked there."""
    found = visible_enterprises(user).select_related("profile").order_by("name_zh", "pk")
    if ids:
        found = found.filter(pk__in=ids)
    if q.strip():
        found = found.filter(pk__in=list(search.found(q, visible_enterprises(user), most=MOST).by))
    return found


def columns_of(enterprises: QuerySet[Enterprise]) -> list[Column]:
    """Those of the template, and the others of which any of these enterprises has a value."""
    said = set(_accepted(enterprises.order_by().values("pk")).values_list("item", flat=True).distinct().order_by())
    shown = {column.key for column in of_template()} | said
    return [column for column in columns().values() if column.key in shown]


def table(enterprises: QuerySet[Enterprise], shown: Sequence[Column]) -> Iterator[list[object]]:
    """For each enterprise its latest year with all that has no year, then its earlier years."""
    chunk: list[Enterprise] = []
    for enterprise in enterprises.iterator(chunk_size=CHUNK):
        chunk.append(enterprise)
        if len(chunk) == CHUNK:
            yield from _rows(chunk, shown)
            chunk = []
    yield from _rows(chunk, shown)


def _rows(chunk: Sequence[Enterprise], shown: Sequence[Column]) -> Iterator[list[object]]:
    values = _accepted([enterprise.pk for enterprise in chunk]).order_by("enterprise", "-year")
    names = ("enterprise", "year", "item", "currency", "number", "text", "day", "flag")
    said: dict[int, list[tuple[int, dict[str, object]]]] = {}
    for (pk, year), rows in groupby(values.values_list(*names), key=lambda row: (row[0], row[1])):
        said.setdefault(pk, []).append((year, {row[2]: _shown(row) for row in rows}))
    people = Contact.objects.present().filter(enterprise__in=chunk, is_first=True)
    contacts = {
        pk: {"contact_name": name, "contact_phone": phone}
        for pk, name, phone in people.values_list("enterprise", "name", "phone")
    }
    for enterprise in chunk:
        of_years = [(year, cells) for year, cells in said.get(enterprise.pk, []) if year != UNDATED]
        undated = next((cells for year, cells in said.get(enterprise.pk, []) if year == UNDATED), {})
        first_year, first = of_years[0] if of_years else (None, {})
        who = {"uscc": enterprise.uscc, "name_zh": enterprise.name_zh}
        profile = getattr(enterprise, "profile", None)
        head = {name: getattr(profile, name, "") for name in HEAD} | contacts.get(enterprise.pk, {})
        head["name_en"] = enterprise.name_en
        yield _line({**who, **head, **undated, "year": first_year, **first}, shown)
        for year, cells in of_years[1:]:
            yield _line({**who, "year": year, **cells}, shown)


def _line(cells: dict[str, Any], shown: Iterable[Column]) -> list[object]:
    return [cells.get(column.key) for column in shown]


def _shown(row: tuple[Any, ...]) -> object:
    """A value as a table says it and an import understands it: choices in words, shares in percent."""
    _pk, _year, key, currency, number, text, day, flag = row
    if number is not None:
        item = columns()[key].item
        if item is not None and item.unit == "ratio":
            return Percent(number)
        whole = int(number) if number == number.to_integral_value() else Decimal(number).normalize()
        return f"{whole:f} {currency}" if currency else whole
    if text is not None:
        item = columns()[key].item
        return item.choices[text].zh if item and item.kind in {"choice", "region"} and text in item.choices else text
    return flag if flag is not None else day


def _accepted(enterprises: Any) -> QuerySet[ProfileValue]:
    return ProfileValue.objects.filter(enterprise__in=enterprises, is_accepted=True, item__in=columns())
