"""The service standard as a file, out and in again; the comparison of versions; and who is told."""

import io

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from lifecycle.models import ServiceStandard
from lifecycle.selectors.standard_changes import comparison
from lifecycle.selectors.standard_export import tables_of
from lifecycle.services import standard as versions
from lifecycle.services import standard_draft as drafts
from lifecycle.services import standard_import
from lifecycle.services.standard import CURRENT, publish_from_file
from lifecycle.services.standard_draft import DraftRefused
from lifecycle.services.standard_import import Faulty, Unreadable
from lifecycle.standard_workbook import workbook_of
from park.events import consumers
from park.notices.models import Notice
from tests.cast import NOW, STANDARD, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def read_again(standard: ServiceStandard) -> dict:
    return standard_import.read(yaml.safe_dump(tables_of(standard), allow_unicode=True, sort_keys=False))


def test_what_is_exported_is_what_was_loaded(db):
    standard = publish_from_file(CURRENT, now=NOW)
    again = standard_import.import_draft(read_again(standard), by=None, now=NOW)
    assert again.version == standard.version + 1
    assert comparison(standard, again, {}).procedures == []
    assert tables_of(again) | {"version": standard.version} == tables_of(standard)


def test_look_writes_nothing(cast: Cast):
    tables = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    tables["procedures"][0]["nodes"][1]["after"] = ["N9"]
    found = standard_import.look_through(tables, {})
    assert (found.problems, found.procedures, len(found.unfinished)) == ([], 1, 1)
    assert ServiceStandard.objects.count() == 1


def test_all_that_is_wrong_is_said_at_once(cast: Cast):
    tables = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    procedure = tables["procedures"][0]
    procedure["stage"] = "nowhere"
    procedure["colour"] = "green"
    procedure["nodes"][0]["department"] = "DEP-X"
    procedure["nodes"][1]["amount"] = "three"
    procedure["nodes"][2]["after"] = ["N77"]
    procedure["materials"][0].pop("name_zh")
    procedure["sections"][0]["questions"][0]["code"] = "industry"
    tables["procedures"].append("nothing")
    with translation.override("en"):
        found = standard_import.look_through(tables, {})
    for place in (
        "REG-01, stage",
        "colour",
        "DEP-X",
        "REG-01.N2, amount",
        "N77",
        "MAT-REGF, name_zh",
        "industry",
        "2:",
    ):
        assert any(place in line for line in found.problems), place
    with pytest.raises(Faulty):
        standard_import.import_draft(tables, by=cast.shen, now=NOW)
    assert ServiceStandard.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": 7},
        {"nodes": [{"code": ["N1"], "questions": 3}]},
        {"sections": [{"code": "a", "questions": [{"code": "q", "options": ["leased"]}]}]},
        {"materials": [None, "paper"]},
        {"condition": {"fact": []}, "needs": 3},
    ],
)
def test_strange_shapes_are_told_and_break_nothing(cast: Cast, change):
    tables = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    tables["procedures"][0] |= change
    found = standard_import.look_through(tables, {})
    assert found.problems or found.unfinished


@pytest.mark.parametrize("text", ["{", "- 1", "version: 3", "procedures: 7", "!!python/object:os.system {}"])
def test_what_is_no_standard_is_not_read(text):
    with pytest.raises(Unreadable):
        standard_import.read(text)


def test_file_does_not_take_the_place_of_a_draft(cast: Cast):
    drafts.begin_draft(by=cast.shen, now=NOW)
    with pytest.raises(DraftRefused):
        standard_import.import_draft(standard_import.read(STANDARD.read_text(encoding="utf-8")), by=cast.shen, now=NOW)


def test_file_is_looked_through_and_taken_in(cast: Cast, client):
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    address = reverse("standard:import")
    upload = SimpleUploadedFile("v.yaml", STANDARD.read_bytes())
    page = client.post(address, {"file": upload})
    assert page.status_code == 200
    assert page.context["found"].problems == []
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"text": page.context["text"], "take": "on"}).status_code == 302
    assert ServiceStandard.objects.get(version=2).state == "draft"
    assert client.get(reverse("standard:yaml", args=[2])).content.decode().startswith("version: 2")


def test_workbook_holds_no_formula(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    material = draft.procedures.get().requirements.get(code="MAT-ART")
    drafts.change_part(material, {"name_zh": "=1+1"}, before={"name_zh": material.name_zh}, by=cast.shen, now=NOW)
    book = load_workbook(io.BytesIO(workbook_of(draft, {})))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "'=1+1" in [cell.value for cell in cells]


def test_difference_is_told_in_both_languages(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    procedure = draft.procedures.get()
    promise = procedure.milestones.get()
    drafts.change_part(promise, {"amount": 12}, before={"amount": 15}, by=cast.shen, now=NOW)
    for code in ("MAT-ART", "MAT-DOM", "MAT-POST"):
        drafts.remove_part(procedure.requirements.get(code=code), by=cast.shen, now=NOW)
    with translation.override("en"):
        lines = comparison(cast.procedure.standard, draft, {}).procedures[0].lines
        assert "Signing to licence: limit 15 working days → 12 working days" in lines
        assert "3 materials fewer" in lines
    with translation.override("zh-hans"):
        lines = comparison(cast.procedure.standard, draft, {}).procedures[0].lines
        assert "签约到拿证：时限 15 个工作日 → 12 个工作日" in lines
        assert "材料减少 3 项" in lines


def test_those_whose_work_it_changes_are_told(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    versions.publish(draft, by=cast.admin, now=NOW)
    consumers.react()
    told = set(
        Notice.objects.filter(kind="standard.published", data__version=2).values_list("recipient__username", flat=True)
    )
    assert told == {"shen", "wang", "han", "qian", "lu", "gao"}
