"""The service standard as a workbook: out, in again, and what is said of one that was edited wrongly."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from openpyxl import Workbook, load_workbook

from lifecycle.models import ServiceStandard
from lifecycle.selectors.standard_export import tables_of
from lifecycle.services import standard_draft as drafts
from lifecycle.services import standard_import
from lifecycle.services.standard import CURRENT, publish_from_file
from lifecycle.services.standard_import import Faulty
from lifecycle.standard_columns import SHEETS
from lifecycle.standard_workbook import tables_in, workbook_of
from profiles.file_types import Refused
from profiles.tables import folded
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def opened(standard: ServiceStandard) -> Workbook:
    return load_workbook(io.BytesIO(workbook_of(standard, {})))


def saved(book: Workbook) -> io.BytesIO:
    held = io.BytesIO()
    book.save(held)
    return held


def place(book: Workbook, sheet: str, heading: str, row: int) -> str:
    """The address of a cell by its heading."""
    head = [cell.value for cell in next(book[sheet].iter_rows(max_row=1))]
    return book[sheet].cell(row, head.index(heading) + 1).coordinate


@pytest.mark.parametrize(("written", "read"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_what_is_exported_is_read_the_same(db, written, read):
    standard = publish_from_file(CURRENT, now=NOW)
    with translation.override(written):
        book = workbook_of(standard, {})
    with translation.override(read):
        tables = tables_in("v.xlsx", io.BytesIO(book))
    again = standard_import.import_draft(tables, by=None, now=NOW)
    assert tables_of(again) | {"version": standard.version} == tables_of(standard)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_two_columns_are_called_the_same(db, language):
    with translation.override(language):
        for sheet in SHEETS:
            names = [folded(str(column.label)) for column in sheet.columns()]
            assert len(names) == len(set(names)), names


def test_what_looks_like_a_formula_comes_back_as_it_was(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    material = draft.procedures.get().requirements.get(code="MAT-ART")
    drafts.change_part(material, {"name_zh": "=1+1"}, before={"name_zh": material.name_zh}, by=cast.shen, now=NOW)
    tables = tables_in("v.xlsx", io.BytesIO(workbook_of(draft, {})))
    assert "=1+1" in [one["name_zh"] for one in tables["procedures"][0]["materials"]]


def test_what_was_edited_is_what_the_draft_says(cast: Cast):
    with translation.override("en"):
        book = opened(cast.procedure.standard)
        steps = book["Steps"]
        steps[place(book, "Steps", "Promised limit", 2)] = 2.0
        steps[place(book, "Steps", "Unit", 2)] = "个工作时"
        tables = tables_in("v.xlsx", saved(book))
    node = tables["procedures"][0]["nodes"][0]
    assert (node["amount"], node["unit"]) == (2, "working_hour")


def test_errors_name_sheet_row_and_column(cast: Cast):
    with translation.override("en"):
        book = opened(cast.procedure.standard)
        steps, materials = book["Steps"], book["Materials"]
        steps[place(book, "Steps", "Kind of work", 2)] = "juggling"
        steps[place(book, "Steps", "Promised limit", 3)] = "three"
        steps[place(book, "Steps", "Department", 4)] = "Department of Magic"
        steps[place(book, "Steps", "Promised limit", 4)] = "=1+2"
        materials[place(book, "Materials", "Name in Chinese", 2)] = None
        materials[place(book, "Materials", "Code", 3)] = materials[place(book, "Materials", "Code", 2)].value
        materials[place(book, "Materials", "Asked for only if", 4)] = "{oops"
        found = standard_import.look_through(tables_in("v.xlsx", saved(book)), {})
    column = {name: place(book, "Steps", name, 1)[:-1] for name in ("Kind of work", "Promised limit", "Department")}
    for start in (
        f"Sheet “Steps”, row 2, column {column['Kind of work']} “Kind of work”: ",
        f"Sheet “Steps”, row 3, column {column['Promised limit']} “Promised limit”: ",
        f"Sheet “Steps”, row 4, column {column['Promised limit']} “Promised limit”: This is a formula.",
        f"Sheet “Steps”, row 4, column {column['Department']} “Department”: there is nothing with the code “Dep",
        "Sheet “Materials”, row 2, column ",
        "Sheet “Materials”, row 3: this code stands there twice.",
        "Sheet “Materials”, row 4, column ",
    ):
        assert any(line.startswith(start) for line in found.problems), (start, found.problems)
    assert len(found.problems) == 7


def test_sheets_that_do_not_fit_together_are_refused(cast: Cast):
    with translation.override("en"):
        book = opened(cast.procedure.standard)
        steps = book["Steps"]
        steps[place(book, "Steps", "Procedure", 2)] = "REG-99"
        book["Questions"][place(book, "Questions", "Section", 2)] = None
        with pytest.raises(Faulty) as orphans:
            tables_in("v.xlsx", saved(book))
        del book["Promises"]
        steps["A1"] = "Colour"
        with pytest.raises(Faulty) as missing:
            tables_in("v.xlsx", saved(book))
    assert orphans.value.problems[0] == (
        "Sheet “Steps”, row 2, column A “Procedure”: there is nothing with the code “REG-99”."
    )
    assert "Sheet “Questions”, row 2: a question belongs either to a section or to a step." in orphans.value.problems
    assert missing.value.problems == [
        "Sheet “Steps”, column A: nothing is called “Colour” here.",
        "Sheet “Steps”: the column “Procedure” is missing.",
        "The sheet “Promises” is missing.",
    ]


def with_entity(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/workbook.xml":
                part = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + part
            new.writestr(name, part)
    return held.getvalue()


def hostile(kind: str, standard: ServiceStandard) -> bytes:
    data = workbook_of(standard, {})
    match kind:
        case "cut":
            return data[: len(data) // 2]
        case "entity":
            return with_entity(data)
        case "text":
            return b"version: 6"
        case "empty":
            return b""
        case "rows":
            book = load_workbook(io.BytesIO(data))
            book.worksheets[2]["A1048576"] = "x"
            return saved(book).getvalue()
        case _:
            held = io.BytesIO()
            with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("[Content_Types].xml", "x")
                archive.writestr("xl/workbook.xml", "x" * 60_000_000)
            return held.getvalue()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("cut", "damaged"),
        ("entity", "damaged"),
        ("text", "content"),
        ("empty", "empty"),
        ("rows", "too_many_rows"),
        ("bomb", "bomb"),
    ],
)
def test_hostile_files_are_refused_in_words(cast: Cast, client, kind, reason):
    data = hostile(kind, cast.procedure.standard)
    with pytest.raises(Refused) as refused:
        tables_in("v.xlsx", io.BytesIO(data))
    assert refused.value.reason == reason
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    page = client.post(reverse("standard:import"), {"file": SimpleUploadedFile("v.xlsx", data)})
    assert page.status_code == 422
    assert page.context["form"].errors["file"]


def test_workbook_is_looked_through_and_taken_in(cast: Cast, client):
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    address = reverse("standard:import")
    upload = SimpleUploadedFile("v.xlsx", workbook_of(cast.procedure.standard, {}))
    page = client.post(address, {"file": upload})
    assert (page.status_code, page.context["found"].problems) == (200, [])
    assert client.post(address, {"text": page.context["text"], "take": "on"}).status_code == 302
    draft = ServiceStandard.objects.get(version=2)
    assert tables_of(draft) | {"version": 1} == tables_of(cast.procedure.standard)
