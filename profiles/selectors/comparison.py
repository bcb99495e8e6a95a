"""What a table says, beside what is on file: what will become of each row, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from profiles import tables
from profiles.cells import plain_of, said_of
from profiles.enums import RowFate, ValueSource
from profiles.models import UNDATED, Contact, EnterpriseProfile, ImportRow, ImportRun, ProfileValue
from profiles.services.profile import HEAD


@dataclass
class Comparison:
    """`enterprise` is the number of the enterprise on file; `changes` has by column what is there now, None for nothing."""

    fate: str
    enterprise: int | None = None
    problems: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


def compare(run: ImportRun, rows: Sequence[ImportRow]) -> dict[int, Comparison]:
    """By number of the row. The rows stand in the order of the file, and those above them have been compared."""
    return _Compared(run, rows).all()


class _Compared:
    def __init__(self, run: ImportRun, rows: Sequence[ImportRow]) -> None:
        self.rows = rows
        self.letters = {column["key"]: column["letter"] for column in run.columns if column["key"]}
        codes = {row.uscc for row in rows if row.uscc}
        on_file = Enterprise.objects.filter(uscc__in=codes).select_related("merged_into")
        self.on_file = {str(enterprise.uscc): enterprise for enterprise in on_file}
        missing = codes - {*self.on_file}
        numbers = [enterprise.pk for enterprise in self.on_file.values()]
        self.new = _entered_above(run, rows, missing)
        names = {str(row.data["name_zh"]) for row in rows if row.uscc in missing and row.data.get("name_zh")}
        self.names = {
            one.name_zh: one for one in Enterprise.objects.filter(name_zh__in=names).exclude(approval=Approval.REFUSED)
        }
        self.heads = EnterpriseProfile.objects.in_bulk(numbers)
        self.contacts: dict[int, list[Contact]] = {}
        for contact in Contact.objects.present().filter(enterprise__in=numbers):
            self.contacts.setdefault(contact.enterprise_id, []).append(contact)
        self.said = _said_before(numbers, {key for row in rows if row.uscc in self.on_file for key in row.data})

    def all(self) -> dict[int, Comparison]:
        found = {}
        for row in self.rows:
            one = Comparison(RowFate.ERROR, problems=dict(row.problems))
            known = self.on_file.get(row.uscc)
            if known is not None:
                self._beside(row, known, one)
            elif row.uscc:
                self._enter(row, one)
            if one.problems:
                one.fate = RowFate.ERROR
            elif one.fate == RowFate.CREATE:
                self.new[row.uscc] = row
            found[row.pk] = one
        return found

    def _enter(self, row: ImportRow, one: Comparison) -> None:
        """The enterprise is not on file."""
        above, name = self.new.get(row.uscc), row.data.get("name_zh", "")
        if above is not None:
            one.fate = RowFate.UPDATE
            one.changes = {key: None for key in row.data if key not in {"uscc", "year", "name_zh", "name_en"}}
            if not one.changes:
                one.fate = RowFate.SAME
            return
        one.fate = RowFate.CREATE
        one.changes = {key: None for key in row.data if key not in {"uscc", "year"}}
        other = self.names.get(name)
        if not name:
            self._blame(row, one, "name_zh", "name_missing")
        elif other is not None and other.uscc is None:
            self._blame(row, one, "name_zh", "name_forming", name=other.name_zh)
        elif other is not None:
            self._blame(row, one, "name_zh", "name_known", name=other.name_zh, code=str(other.uscc))

    def _beside(self, row: ImportRow, known: Enterprise, one: Comparison) -> None:
        """The enterprise is on file: what differs."""
        one.enterprise = known.pk
        if known.merged_into is not None:
            into = known.merged_into
            self._blame(row, one, "uscc", "merged", name=into.name_zh, code=into.uscc or "–")
        elif known.approval == Approval.REFUSED:
            self._blame(row, one, "uscc", "refused")
        elif not known.is_approved:
            self._blame(row, one, "uscc", "not_approved")
        name, name_en = row.data.get("name_zh"), row.data.get("name_en")
        if name and tables.folded(name) != tables.folded(known.name_zh):
            self._blame(row, one, "name_zh", "name_differs", name=known.name_zh)
        if name_en and known.name_en and tables.folded(name_en) != tables.folded(known.name_en):
            self._blame(row, one, "name_en", "name_en_differs", name=known.name_en)
        elif name_en and not known.name_en:
            one.changes["name_en"] = None
        head = self.heads.get(known.pk)
        one.changes |= self._contact(row, known.pk)
        for key in HEAD:
            if row.data.get(key) and row.data[key] != getattr(head, key, ""):
                one.changes[key] = getattr(head, key, "") or None
        one.changes |= self._values(row, known.pk)
        one.fate = RowFate.UPDATE if one.changes else RowFate.SAME

    def _contact(self, row: ImportRow, enterprise: int) -> dict[str, Any]:
        """What services.profile.keep_contacts would change: a new number of somebody known, or a contact more."""
        name, phone = row.data.get("contact_name", ""), row.data.get("contact_phone", "")
        named = [one for one in self.contacts.get(enterprise, []) if name in {"", one.name}]
        if named and phone and all(one.phone != phone for one in named):
            return {"contact_phone": named[0].phone or None}
        said = {"contact_name": name, "contact_phone": phone}
        return {} if named else {key: None for key, text in said.items() if text}

    def _values(self, row: ImportRow, enterprise: int) -> dict[str, Any]:
        """Values that the last import has not said already; by item what counts now."""
        changes, known = {}, tables.columns()
        for key, plain in row.data.items():
            item = known[key].item
            if item is None or (item.by_year and "year" not in row.data):
                continue
            year = int(row.data["year"]) if item.by_year else UNDATED
            value, currency = said_of(item, plain)
            mine = self.said.get((enterprise, key, year, ValueSource.IMPORT))
            if mine is None or mine != (value, currency):
                counts = self.said.get((enterprise, key, year, ""))
                changes[key] = plain_of(*counts) if counts else None
        return changes

    def _blame(self, row: ImportRow, one: Comparison, key: str, reason: str, **more: str) -> None:
        """A column that the file does not have is blamed on the code, which every file has."""
        shown = key if key in self.letters else "uscc"
        typed = str(row.data.get(shown, ""))[:200]
        said = {"column": shown, "typed": typed, "reason": reason, **more}
        one.problems.setdefault(f"{self.letters[shown]}{row.number}", said)


def _entered_above(run: ImportRun, rows: Sequence[ImportRow], codes: set[str]) -> dict[str, ImportRow]:
    """By code: the row above these that enters the enterprise."""
    if not codes or not rows:
        return {}
    above = run.rows.filter(uscc__in=codes, fate=RowFate.CREATE, number__lt=rows[0].number)
    return {row.uscc: row for row in above}


def _said_before(numbers: Sequence[int], keys: set[str]) -> dict[tuple[int, str, int, str], tuple[Any, str]]:
    """By enterprise, item, year and source what was said last, and with an empty source what counts."""
    if not numbers:
        return {}
    values = ProfileValue.objects.filter(enterprise__in=numbers, item__in=keys).order_by("said_at", "pk")
    columns = ("enterprise", "item", "year", "source", "is_accepted", "number", "text", "day", "flag", "currency")
    found: dict[tuple[int, str, int, str], tuple[Any, str]] = {}
    for enterprise, item, year, source, is_accepted, *content, currency in values.values_list(*columns).iterator():
        value = next(one for one in content if one is not None), currency
        found[enterprise, item, year, source] = value
        if is_accepted:
            found[enterprise, item, year, ""] = value
    return found
