"""The application step by step: whatever is refused, nothing typed or handed in is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.enums import CaseState
from lifecycle.models import Case
from lifecycle.services import materials
from profiles.models import Document
from tests.cast import ANSWERS, NOW, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
COMPANY = {
    "company_name": "上海瀛沐生物科技有限公司",
    "registered_capital": "1200",
    "industry": "生物医药",
    "business_scope": "技术开发",
    "has_pre_approval_items": "no",
}


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


def requirement(cast: Cast, code: str = "MAT-ART"):
    return cast.procedure.requirements.get(code=code)


def test_step_keeps_the_answers_and_goes_on(cast, chen):
    case = cast.draft()
    response = chen.post(f"/cases/{case.uid}/apply/company/", COMPANY)
    assert response["Location"] == f"/cases/{case.uid}/apply/people/"
    answers = Case.objects.get().answers
    assert (answers["registered_capital"], answers["has_pre_approval_items"]) == ("1200", False)


def test_step_shows_what_was_kept_when_one_comes_back(cast, chen):
    case = cast.draft()
    chen.post(f"/cases/{case.uid}/apply/company/", COMPANY)
    html = chen.get(f"/cases/{case.uid}/apply/company/").content.decode()
    assert 'value="1200"' in html
    assert 'value="no"' in html
    assert html.count("checked") == 1


def test_wrong_answer_is_named_beside_its_field_and_the_rest_is_kept(cast, chen):
    case = cast.draft()
    response = chen.post(f"/cases/{case.uid}/apply/company/", {**COMPANY, "registered_capital": "一千万"})
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_registered_capital_error"' in html
    assert 'href="#id_registered_capital"' in html
    assert 'value="一千万"' in html
    assert Case.objects.get().answers["business_scope"] == "技术开发"


def test_autosave_keeps_what_is_valid_and_asks_for_nothing(cast, chen):
    case = cast.draft()
    path = f"/cases/{case.uid}/apply/people/draft/"
    assert chen.post(path, {"legal_representative": "陈予安", "contact_phone": "?"}).status_code == 200
    answers = Case.objects.get().answers
    assert answers["legal_representative"] == "陈予安"
    assert answers["contact_phone"] == cast.chen.phone


def test_upload_becomes_the_first_version(cast, chen):
    case, wanted = cast.draft(), requirement(cast)
    response = chen.post(f"/cases/{case.uid}/materials/{wanted.pk}/", {"file": pdf("章程.pdf")})
    assert response["Location"] == f"/cases/{case.uid}/apply/materials/#material-{wanted.pk}"
    assert case.materials.get().versions.get().document.file_name == "章程.pdf"
    assert "章程.pdf" in chen.get(response["Location"]).content.decode()


def test_replacing_makes_a_new_version(cast, chen):
    case, wanted = cast.draft(), requirement(cast)
    for name in ["a.pdf", "b.pdf"]:
        chen.post(f"/cases/{case.uid}/materials/{wanted.pk}/", {"file": pdf(name)})
    assert [v.number for v in case.materials.get().versions.all()] == [1, 2]


@pytest.mark.parametrize(
    "file", [SimpleUploadedFile("x.pdf", b"MZ not a pdf"), SimpleUploadedFile("x.exe", b"MZ"), None]
)
def test_refused_upload_is_explained_beside_the_material_and_loses_nothing(cast, chen, file):
    case, wanted = cast.draft(), requirement(cast)
    other = requirement(cast, "MAT-SHQ")
    materials.hand_in(case, other, pdf("kept.pdf"), by=cast.chen, now=NOW)
    response = chen.post(f"/cases/{case.uid}/materials/{wanted.pk}/", {"file": file} if file else {})
    html = response.content.decode()
    assert response.status_code == 422
    assert f'id="file-{wanted.pk}-error" data-error>' in html
    assert html.count('aria-invalid="true"') == 1
    assert "kept.pdf" in html
    assert case.materials.count() == 1


def test_material_of_the_file_is_offered_and_taken_with_one_click(cast, chen):
    old = cast.submitted()
    chen.post(f"/cases/{old.uid}/withdraw/")
    case, wanted = cast.draft(), requirement(cast)
    document = Document.objects.get(kind="MAT-ART")
    assert f'value="{document.pk}"' in chen.get(f"/cases/{case.uid}/apply/materials/").content.decode()
    chen.post(f"/cases/{case.uid}/materials/{wanted.pk}/take/", {"document": document.pk})
    version = case.materials.get().versions.get()
    assert (version.from_file, version.document) == (True, document)


def test_document_of_another_enterprise_cannot_be_taken(cast, chen):
    case, wanted = cast.draft(), requirement(cast)
    materials.hand_in(case, wanted, pdf(), by=cast.chen, now=NOW)
    Document.objects.filter(kind="MAT-ART").update(enterprise=cast.other)
    path = f"/cases/{case.uid}/materials/{wanted.pk}/take/"
    assert chen.post(path, {"document": Document.objects.get(kind="MAT-ART").pk}).status_code == 404
    assert chen.post(path, {"document": "x"}).status_code == 404


def test_materials_follow_the_answers(cast, chen):
    case = cast.draft()
    path = f"/cases/{case.uid}/apply/materials/"
    assert f"material-{requirement(cast, 'MAT-PREA').pk}" not in chen.get(path).content.decode()
    case.answers = {**ANSWERS, "has_pre_approval_items": True}
    case.save()
    assert f"material-{requirement(cast, 'MAT-PREA').pk}" in chen.get(path).content.decode()


def test_check_page_lists_everything_that_is_missing_with_links(cast, chen):
    case = cast.draft()
    html = chen.get(f"/cases/{case.uid}/apply/check/").content.decode()
    assert f"/cases/{case.uid}/apply/people/#id_shareholders" in html
    assert f"/cases/{case.uid}/apply/materials/#material-{requirement(cast).pk}" in html
    assert f"/cases/{case.uid}/agreement/" in html


def test_check_page_says_when_the_review_would_be_done(cast, chen):
    page = chen.get(f"/cases/{cast.complete_draft().uid}/apply/check/").context
    assert page["gaps"] == []
    assert page["promise"]["by"].hour == 17


def test_incomplete_application_stays_a_draft(cast, chen):
    case = cast.draft()
    assert chen.post(f"/cases/{case.uid}/submit/")["Location"] == f"/cases/{case.uid}/apply/check/"
    assert Case.objects.get().state == CaseState.DRAFT


def test_submitting_twice_makes_one_case_and_leads_to_the_same_page(cast, chen):
    case = cast.complete_draft()
    answers = [chen.post(f"/cases/{case.uid}/submit/") for _click in range(2)]
    assert {answer["Location"] for answer in answers} == {f"/cases/{case.uid}/"}
    assert Case.objects.get().state == CaseState.SUBMITTED
    assert Case.objects.exclude(reference=None).count() == 1


def test_steps_of_a_submitted_case_lead_to_its_progress(cast, chen):
    case = cast.submitted()
    for step in ["company", "materials", "check"]:
        assert chen.get(f"/cases/{case.uid}/apply/{step}/")["Location"] == f"/cases/{case.uid}/"
    assert chen.post(f"/cases/{case.uid}/apply/company/", COMPANY).status_code == 302
    assert Case.objects.get().answers["registered_capital"] == ANSWERS["registered_capital"]


def test_unknown_step_is_not_found(cast, chen):
    assert chen.get(f"/cases/{cast.draft().uid}/apply/nowhere/").status_code == 404


@pytest.mark.parametrize("step", ["agreement", "company", "people", "premises", "materials", "check"])
def test_steps_ask_the_database_little(cast, chen, step, django_assert_max_num_queries):
    case = cast.complete_draft()
    address = f"/cases/{case.uid}/agreement/" if step == "agreement" else f"/cases/{case.uid}/apply/{step}/"
    with django_assert_max_num_queries(12):
        assert chen.get(address).status_code == 200
