"""Corrections as a list to tick off."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lifecycle.enums import CaseState
from lifecycle.models import Case, CorrectionNotice
from tests.cast import Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose materials came yesterday and whose notice went out a minute later."""
    yesterday = timezone.now() - timedelta(days=1)
    made = cast.in_correction(yesterday)
    CorrectionNotice.objects.update(issued_at=yesterday + timedelta(minutes=1))
    return Case.objects.get(pk=made.pk)


def item_of(case: Case):
    return case.correction.items.select_related("material__requirement").get()


def hand_in(client, case: Case, file=None):
    requirement = item_of(case).material.requirement
    return client.post(f"/cases/{case.uid}/materials/{requirement.pk}/", {"file": file or pdf("新版.pdf")})


def test_correction_says_everything_that_is_to_be_corrected(chen, case):
    page = chen.get(f"/cases/{case.uid}/")
    assert [item.text for item in page.context["todo"].items] == ["请补签法定代表人姓名。"]
    assert "请补签法定代表人姓名。" in page.content.decode()


def test_new_version_ticks_its_item_off(chen, case):
    requirement = item_of(case).material.requirement
    assert hand_in(chen, case)["Location"] == f"/cases/{case.uid}/#material-{requirement.pk}"
    assert item_of(case).done_at is not None
    assert chen.get(f"/cases/{case.uid}/").context["todo"].items[0].done


def test_refused_version_is_explained_beside_its_item(chen, case):
    response = hand_in(chen, case, SimpleUploadedFile("x.pdf", b"not a pdf"))
    assert response.status_code == 422
    assert response.content.decode().count('aria-invalid="true"') == 1
    assert item_of(case).done_at is None


def test_material_that_was_accepted_takes_no_new_version(chen, case):
    other = case.materials.exclude(pk=item_of(case).material_id).first()
    chen.post(f"/cases/{case.uid}/materials/{other.requirement_id}/", {"file": pdf()})
    assert other.versions.count() == 1


def test_tick_needs_a_new_version(chen, case):
    chen.post(f"/cases/{case.uid}/corrections/{item_of(case).pk}/tick/", {"done": "1"})
    assert item_of(case).done_at is None


def test_tick_can_be_taken_back(chen, case):
    hand_in(chen, case)
    chen.post(f"/cases/{case.uid}/corrections/{item_of(case).pk}/tick/", {"done": "0"})
    assert item_of(case).done_at is None


def test_answer_is_refused_while_something_is_open(chen, case):
    chen.post(f"/cases/{case.uid}/corrections/answer/")
    assert Case.objects.get().state == CaseState.CORRECTION


def test_answer_gives_the_case_back(chen, case):
    hand_in(chen, case)
    assert chen.post(f"/cases/{case.uid}/corrections/answer/")["Location"] == f"/cases/{case.uid}/"
    assert Case.objects.get().state == CaseState.SUBMITTED
    assert chen.get(f"/cases/{case.uid}/").context["todo"].kind == "none"


def test_item_of_another_case_is_not_found(cast, client, case):
    give_second_factor(cast.zhao)
    client.force_login(cast.zhao)
    assert client.post(f"/cases/{case.uid}/corrections/{item_of(case).pk}/tick/", {"done": "1"}).status_code == 404
