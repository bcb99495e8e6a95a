"""A version of the service standard as a workbook, with a sheet for each kind of part, and a workbook as such tables again."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook

from lifecycle.models import ServiceStandard
from lifecycle.selectors.standard import condition_words, procedures_of
from lifecycle.selectors.standard_export import tables_of
from lifecycle.services.standard_import import Faulty, Row
from lifecycle.standard_columns import IN_WORDS, NAME, SHEETS, Misread, Sheet, by_names
from profiles.tables import folded, letter
from profiles.workbooks import Line, add_sheet, read_sheets

HOMES = {"section": "sections", "node": "nodes"}


def workbook_of(standard: ServiceStandard, tags: Mapping[str, str]) -> bytes:
    """In the language of the reader. No cell is a formula."""
    book = Workbook(write_only=True)
    rows = _rows(standard, tags)
    for sheet in SHEETS:
        columns = sheet.columns()
        lines = [[column.cell(row.get(column.name, column.default)) for column in columns] for row in rows[sheet.shelf]]
        add_sheet(book, str(sheet.title), [[str(column.label) for column in columns]], lines)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _rows(standard: ServiceStandard, tags: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet by the names of its columns."""
    tables = tables_of(standard)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list, {"version": [tables]})
    for procedure, data in zip(procedures_of(standard), tables["procedures"], strict=True):
        questions = list(procedure.questions.all())
        found["procedures"].append(data | {IN_WORDS: condition_words(procedure.condition, [], tags)})
        home = {"procedure": procedure.code, NAME: procedure.name}
        for shelf in ("nodes", "milestones", "materials", "sections"):
            for part in data.get(shelf, []):
                found[shelf].append(home | part | {IN_WORDS: condition_words(part.get("condition"), questions, tags)})
        for place, shelf in HOMES.items():
            for part in data.get(shelf, []):
                found["questions"] += [home | {place: part["code"]} | one for one in part.get("questions", [])]
    return found


def tables_in(name: str, stream: BinaryIO) -> dict[str, Any]:
    """What a workbook of this form holds, as the import takes it.

    Raises profiles.file_types.Refused for a file that is no workbook to be read, and Faulty with all that keeps its sheets from
    being put together; what is wrong within a row is kept with the row.
    """
    problems: list[str] = []
    shelves = by_names((sheet.shelf, sheet.title) for sheet in SHEETS)
    given: dict[str, tuple[str, list[Line]]] = {}
    for title, lines in read_sheets(name, stream).items():
        shelf = shelves.get(folded(title))
        if shelf in given:
            problems.append(_("The sheet “%(sheet)s” is there twice.") % {"sheet": title})
        elif shelf:
            given[shelf] = title, lines
    rows: dict[str, list[Row]] = {}
    for sheet in SHEETS:
        if sheet.shelf in given:
            rows[sheet.shelf] = list(_read(sheet, *given[sheet.shelf], problems))
        else:
            problems.append(_("The sheet “%(sheet)s” is missing.") % {"sheet": sheet.title})
    tables = {} if problems else _put_together(rows, problems)
    if problems:
        raise Faulty(problems)
    return tables


def _read(sheet: Sheet, title: str, lines: list[Line], problems: list[str]) -> Iterable[Row]:
    columns = {column.name: column for column in sheet.columns()}
    known = by_names((column.name, column.label) for column in columns.values())
    places: dict[int, str] = {}
    headings: dict[str, str] = {}
    for place, cell in enumerate(lines[0].cells if lines else ()):
        words = {"sheet": title, "letter": letter(place), "name": str(cell.value)}
        name = known.get(folded(str(cell.value)))
        if cell.is_empty:
            continue
        if name is None:
            problems.append(_("Sheet “%(sheet)s”, column %(letter)s: nothing is called “%(name)s” here.") % words)
        elif name in headings:
            problems.append(_("Sheet “%(sheet)s”, column %(letter)s: there is a column “%(name)s” already.") % words)
        else:
            places[place] = name
            headings[name] = _("column %(letter)s “%(name)s”") % words
    for name, column in columns.items():
        if name not in headings and not column.is_to_read_only:
            words = {"sheet": title, "name": column.label}
            problems.append(_("Sheet “%(sheet)s”: the column “%(name)s” is missing.") % words)
    for line in lines[1:]:
        row = Row(_("Sheet “%(sheet)s”, row %(row)s") % {"sheet": title, "row": line.number}, headings)
        for place, cell in enumerate(line.cells):
            name = places.get(place)
            if cell.is_empty or name is None or columns[name].is_to_read_only:
                continue
            try:
                row[name] = columns[name].value(cell)
            except Misread as wrong:
                row.misread[name] = str(wrong)
        if row or row.misread:
            yield row


def _put_together(rows: dict[str, list[Row]], problems: list[str]) -> dict[str, Any]:
    """Each row in the procedure, and each question in the section or step, to which it belongs."""
    procedures: dict[Any, Row] = {}
    for row in rows["procedures"]:
        procedures.setdefault(row.get("code"), row)
    for shelf in ("nodes", "milestones", "materials", "sections", "questions"):
        for row in rows[shelf]:
            home: Any = _home(row, "procedure", procedures, problems)
            if shelf == "questions":
                home = home and _asked_in(row, home, problems)
            if home is not None:
                home.setdefault(shelf, []).append(row)
    head = rows["version"][0] if rows["version"] else {}
    told = {name: head[name] for name in ("change_note", "is_example") if name in head}
    return told | {"procedures": rows["procedures"]}


def _asked_in(row: Row, procedure: Row, problems: list[str]) -> Row | None:
    named = [name for name in HOMES if name in row]
    if len(named) != 1:
        problems.append(_("%(place)s: a question belongs either to a section or to a step.") % {"place": row.place})
        return None
    return _home(row, named[0], {one.get("code"): one for one in procedure.get(HOMES[named[0]], [])}, problems)


def _home(row: Row, name: str, known: Mapping[Any, Row], problems: list[str]) -> Row | None:
    code = row.pop(name, "")
    if code not in known:
        words = {"place": row.place, "name": row.headings[name], "code": code}
        problems.append(_("%(place)s, %(name)s: there is nothing with the code “%(code)s”.") % words)
    return known.get(code)
