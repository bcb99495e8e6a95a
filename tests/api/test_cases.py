"""Cases by the API: shapes, refusals, and who may see what."""

import base64
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.models import Case
from lifecycle.services import cases
from park.events.models import Event
from tests.api.callers import Caller
from tests.cast import ANSWERS, NOW, Cast, pdf

pytestmark = pytest.mark.django_db


def test_list_holds_ones_own_cases_only(cast: Cast):
    case = cast.submitted()
    assert [row["uid"] for row in Caller(cast.li).get("/cases/")["results"]] == [str(case.uid)]
    assert Caller(cast.zhao).get("/cases/")["results"] == []
    assert Caller(cast.gao.user).get("/cases/")["results"] == []
    assert len(Caller(cast.wang.user).get("/cases/")["results"]) == 1
    assert len(Caller(cast.shen).get("/cases/")["results"]) == 1


@pytest.mark.parametrize("path", ["/", "/materials/", "/agreement/", "/timeline/", "/clocks/", "/messages/"])
def test_case_of_somebody_else_does_not_exist(cast: Cast, path: str):
    url = f"/cases/{cast.submitted().uid}{path}"
    assert Caller(cast.zhao).get(url, status=404)["title"] == "Not found."
    Caller(cast.gao.user).get(url, status=404)
    Caller(cast.auditor).get(url, status=403)
    Caller().get(url, status=401)
    Caller(cast.li).get(url)


def test_list_is_filtered_by_state_and_procedure(cast: Cast):
    cast.submitted()
    caller = Caller(cast.chen)
    assert len(caller.get("/cases/", state="submitted")["results"]) == 1
    assert caller.get("/cases/", state="draft")["results"] == []
    assert len(caller.get("/cases/", procedure="REG-01")["results"]) == 1
    assert caller.get("/cases/", procedure="REG-99")["results"] == []
    assert "state" in caller.get("/cases/", status=400, state="nonsense")["errors"]


def test_list_goes_on_by_the_last_row_seen(cast: Cast):
    for _ in range(3):
        cases.withdraw_case(cast.draft(), by=cast.chen, now=NOW)
    caller = Caller(cast.chen)
    first = caller.get("/cases/", page_size=2)
    assert len(first["results"]) == 2
    rest = caller.client.get(first["next"]).json()
    assert len(rest["results"]) == 1
    assert rest["next"] is None


@pytest.mark.parametrize("place", ["p=abc", "p=%00", "p=1.5", "p=", "p=-1", "p=" + "9" * 30, "p=１"])
def test_place_in_a_list_that_no_page_named_is_not_found(cast: Cast, place: str):
    caller, case = Caller(cast.chen), cast.submitted()
    cursor = base64.b64encode(place.encode()).decode()
    for path in ("/cases/", "/notices/", "/tokens/", f"/cases/{case.uid}/messages/"):
        caller.get(path, status=404, cursor=cursor)


def test_list_asks_the_database_as_often_for_three_cases_as_for_one(cast: Cast, django_assert_max_num_queries):
    cast.submitted()
    caller = Caller(cast.chen)
    caller.get("/cases/")
    with django_assert_max_num_queries(6) as one:
        caller.get("/cases/")
    cast.submitted()
    cast.submitted()
    with django_assert_max_num_queries(len(one)):
        assert len(caller.get("/cases/")["results"]) == 3


def test_case_asks_the_database_seldom(cast: Cast, django_assert_max_num_queries):
    case = cast.in_correction()
    caller = Caller(cast.chen)
    for path in ("/", "/clocks/", "/materials/", "/timeline/", "/correction/"):
        with django_assert_max_num_queries(12):
            caller.get(f"/cases/{case.uid}{path}")


def test_beginning_twice_answers_with_the_same_draft(cast: Cast):
    caller = Caller(cast.chen)
    uids = {caller.post("/cases/", {"procedure": "REG-01"}, status=201)["uid"] for _ in range(2)}
    assert len(uids) == 1


def test_begin_needs_a_published_procedure(cast: Cast):
    caller = Caller(cast.chen)
    caller.post("/cases/", {"procedure": "REG-99"}, status=404)
    assert "procedure" in caller.post("/cases/", {}, status=400)["errors"]
    assert not Case.objects.exists()


def test_company_with_a_licence_cannot_found_itself(cast: Cast):
    cast.completed()
    problem = Caller(cast.chen).post("/cases/", {"procedure": "REG-01"}, status=400)
    assert "being set up" in problem["errors"]["procedure"][0]


def test_staff_begin_nothing(cast: Cast):
    Caller(cast.wang.user).post("/cases/", {"procedure": "REG-01"}, status=404)


def test_answers_are_added_to_those_that_stand(cast: Cast):
    url = f"/cases/{cast.draft().uid}/"
    caller = Caller(cast.chen)
    caller.patch(url, {"answers": {"registered_capital": "1200.50", "has_pre_approval_items": False}})
    answers = caller.patch(url, {"answers": {"premises_kind": "leased"}})["answers"]
    assert answers["registered_capital"] == "1200.50"
    assert answers["has_pre_approval_items"] is False
    assert answers["premises_kind"] == "leased"
    assert answers["contact_name"] == "陈予安"


@pytest.mark.parametrize(
    "name, value",
    [
        ("no_such_question", "x"),
        ("registered_capital", "much"),
        ("registered_capital", "-1"),
        ("registered_capital", -1),
        ("registered_capital", True),
        ("registered_capital", "1e400"),
        ("registered_capital", "NaN"),
        ("registered_capital", "Infinity"),
        ("premises_kind", "castle"),
        ("contact_phone", "call me"),
        ("company_name", "甲" * 201),
        ("company_name", ["甲"]),
        ("company_name", {"zh": "甲"}),
        ("company_name", True),
        ("company_name", 7),
        ("has_pre_approval_items", "perhaps"),
        ("has_pre_approval_items", 1),
        ("premises_kind", False),
        ("company_name", "a\x00b"),
    ],
)
def test_wrong_answer_is_refused_beside_its_name_and_nothing_is_kept(cast: Cast, name: str, value):
    case = cast.draft()
    problem = Caller(cast.chen).patch(f"/cases/{case.uid}/", {"answers": {"industry": "新", name: value}}, status=400)
    assert set(problem["errors"]["answers"]) == {name}
    case.refresh_from_db()
    assert "industry" not in case.answers


def test_answers_of_a_submitted_case_stand(cast: Cast):
    case = cast.submitted()
    Caller(cast.chen).patch(f"/cases/{case.uid}/", {"answers": {"industry": "新"}}, status=409)
    case.refresh_from_db()
    assert case.answers["industry"] == ANSWERS["industry"]


def test_incomplete_case_says_everything_that_is_missing(cast: Cast):
    case = cast.draft()
    problem = Caller(cast.chen).post(f"/cases/{case.uid}/submit/", status=400)
    missing = problem["errors"]["missing"]
    assert {row["kind"] for row in missing} == {"answers", "material", "agreement"}
    assert len(missing) == len(cases.missing(case, NOW))
    case.refresh_from_db()
    assert case.state == "draft"


def test_withdrawn_case_cannot_be_submitted_or_withdrawn_again(cast: Cast):
    url = f"/cases/{cast.complete_draft().uid}"
    caller = Caller(cast.chen)
    assert caller.post(f"{url}/withdraw/", {"reason": "另有安排"})["closing_reason"] == "另有安排"
    assert caller.post(f"{url}/submit/", status=409)["type"] == "urn:park:problem:conflict"
    caller.post(f"{url}/withdraw/", status=409)


def test_staff_neither_submit_nor_withdraw(cast: Cast):
    url = f"/cases/{cast.submitted().uid}"
    for act in ("submit", "withdraw", "correction/answer", "agreement/sign"):
        Caller(cast.wang.user).post(f"{url}/{act}/", status=403)


def test_only_a_signatory_signs(cast: Cast):
    case = cast.draft()
    url, sha256 = f"/cases/{case.uid}/agreement/sign/", case.agreement.document.sha256
    Caller(cast.li).post(url, {"sha256": sha256}, status=403)
    assert "sha256" in Caller(cast.chen).post(url, {"sha256": "abc"}, status=400)["errors"]
    Caller(cast.chen).post(url, {"sha256": "0" * 64}, status=409)
    Caller(cast.chen).post(url, {"sha256": sha256}, status=201)
    Caller(cast.chen).post(url, {"sha256": sha256}, status=409)


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("page.pdf", b"<html><script>alert(1)</script>"),
        SimpleUploadedFile("empty.pdf", b""),
        SimpleUploadedFile("tool.exe", b"MZ"),
    ],
    ids=lambda upload: upload.name,
)
def test_refused_file_is_named_beside_its_field(cast: Cast, upload: SimpleUploadedFile):
    case = cast.draft()
    upload.seek(0)
    problem = Caller(cast.chen).post(
        f"/cases/{case.uid}/materials/", {"requirement": "MAT-ART", "file": upload}, status=400, kind="multipart"
    )
    assert list(problem["errors"]) == ["file"]
    assert not case.materials.exists()


def test_file_that_is_too_large_is_refused(cast: Cast, settings):
    settings.UPLOAD_MAX_BYTES = 100
    case = cast.draft()
    problem = Caller(cast.chen).post(
        f"/cases/{case.uid}/materials/", {"requirement": "MAT-ART", "file": pdf()}, status=400, kind="multipart"
    )
    assert "larger than" in problem["errors"]["file"][0]


def test_material_needs_a_known_requirement_and_one_source(cast: Cast):
    url = f"/cases/{cast.draft().uid}/materials/"
    caller = Caller(cast.chen)
    caller.post(url, {"requirement": "MAT-NONE", "file": pdf()}, status=404, kind="multipart")
    assert "file" in caller.post(url, {"requirement": "MAT-ART"}, status=400)["errors"]
    caller.post(url, {"requirement": "MAT-ART", "document": 999999}, status=404)


def test_document_of_another_enterprise_cannot_be_taken(cast: Cast):
    ours = cast.complete_draft()
    theirs = cases.begin_case(enterprise=cast.other, procedure=cast.procedure, by=cast.zhao, now=NOW)
    document = ours.materials.get(requirement__code="MAT-ART").versions.get().document
    url = f"/cases/{theirs.uid}/materials/"
    Caller(cast.zhao).post(url, {"requirement": "MAT-ART", "document": document.pk}, status=404)
    assert not theirs.materials.exists()


def test_document_from_the_own_file_is_taken(cast: Cast):
    first = cast.complete_draft()
    document = first.materials.get(requirement__code="MAT-ART").versions.get().document
    cases.withdraw_case(first, by=cast.chen, now=NOW)
    url = f"/cases/{cast.draft().uid}/materials/"
    version = Caller(cast.chen).post(url, {"requirement": "MAT-ART", "document": document.pk}, status=201)
    assert (version["from_file"], version["sha256"]) == (True, document.sha256)


def test_version_is_downloaded_as_it_was_handed_in_and_noted(cast: Cast):
    case = cast.submitted()
    caller = Caller(cast.wang.user)
    material = caller.get(f"/cases/{case.uid}/materials/")[0]
    (version,) = caller.get(f"/cases/{case.uid}/materials/{material['id']}/versions/")
    answer = caller.get(f"/cases/{case.uid}/versions/{version['id']}/file/")
    assert len(b"".join(answer.streaming_content)) == version["size"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    event = Event.objects.get(kind="document.downloaded")
    assert (event.actor_id, event.is_internal) == (cast.wang.user_id, True)
    Caller(cast.zhao).get(f"/cases/{case.uid}/versions/{version['id']}/file/", status=404)


def test_version_is_found_under_its_own_case_only(cast: Cast):
    case = cast.submitted()
    theirs = cases.begin_case(enterprise=cast.other, procedure=cast.procedure, by=cast.zhao, now=NOW)
    version = case.materials.first().versions.get()
    Caller(cast.zhao).get(f"/cases/{theirs.uid}/versions/{version.pk}/file/", status=404)
    Caller(cast.zhao).get(f"/cases/{theirs.uid}/documents/{case.agreement.document_id}/file/", status=404)


def test_both_sides_write_to_each_other(cast: Cast):
    url = f"/cases/{cast.submitted().uid}/messages/"
    Caller(cast.chen).post(url, {"body": "何时办结？"}, status=201)
    Caller(cast.wang.user).post(url, {"body": "明天。"}, status=201)
    found = Caller(cast.chen).get(url)["results"]
    assert {(row["side"], row["body"]) for row in found} == {("enterprise", "何时办结？"), ("park", "明天。")}
    assert "body" in Caller(cast.chen).post(url, {"body": "  "}, status=400)["errors"]


def test_enterprise_does_not_read_internal_events(cast: Cast):
    case = cast.submitted()
    Caller(cast.wang.user).get(f"/cases/{case.uid}/documents/{case.agreement.document_id}/file/")
    ours = Caller(cast.chen).get(f"/cases/{case.uid}/timeline/")
    park = Caller(cast.wang.user).get(f"/cases/{case.uid}/timeline/")
    assert 0 < len(ours) < len(park)


def test_unknown_case_does_not_exist(cast: Cast):
    Caller(cast.chen).get(f"/cases/{uuid.uuid4()}/", status=404)


def test_case_without_a_correction_has_none(cast: Cast):
    Caller(cast.chen).get(f"/cases/{cast.submitted().uid}/correction/", status=404)
    case = cast.draft()
    Caller(cast.chen).post(f"/cases/{case.uid}/correction/answer/", status=409)
