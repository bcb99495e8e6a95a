"""Reading and signing the park agreement."""

import pytest

from lifecycle.enums import Party
from lifecycle.services.agreements import text_of
from profiles.services.documents import path_of
from tests.cast import Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


def consent(case) -> dict[str, str]:
    return {"sha256": case.agreement.document.sha256, "has_read": "on"}


def test_signatory_reads_the_very_text_and_its_hash(cast, chen):
    case = cast.draft()
    html = chen.get(f"/cases/{case.uid}/agreement/").content.decode()
    assert text_of(case.agreement).splitlines()[6] in html
    assert case.agreement.document.sha256 in html
    assert 'name="has_read"' in html


def test_signing_keeps_the_evidence(cast, chen):
    case = cast.draft()
    path = f"/cases/{case.uid}/agreement/"
    assert chen.post(path, consent(case), headers={"User-Agent": "Browser 1"})["Location"].endswith("/apply/company/")
    signature = case.agreement.signatures.get()
    assert (signature.party, signature.signer, signature.user_agent) == (Party.ENTERPRISE, cast.chen, "Browser 1")
    assert signature.ip == "127.0.0.1"
    assert signature.second_factor is False


def test_without_consent_nothing_is_signed_and_the_page_says_why(cast, chen):
    case = cast.draft()
    response = chen.post(f"/cases/{case.uid}/agreement/", {"sha256": case.agreement.document.sha256})
    assert response.status_code == 422
    assert 'id="id_has_read_error"' in response.content.decode()
    assert not case.agreement.signatures.exists()


def test_colleague_sees_who_can_sign_and_cannot(cast, client):
    case = cast.draft()
    client.force_login(cast.li)
    path = f"/cases/{case.uid}/agreement/"
    html = client.get(path).content.decode()
    assert "陈予安" in html
    assert 'name="has_read"' not in html
    client.post(path, consent(case))
    assert not case.agreement.signatures.exists()


def test_second_signature_of_one_side_is_not_taken(cast, chen):
    case = cast.draft()
    for _click in range(2):
        chen.post(f"/cases/{case.uid}/agreement/", consent(case))
    assert case.agreement.signatures.count() == 1


def test_other_bytes_are_not_signed(cast, chen):
    case = cast.draft()
    path_of(case.agreement.document.stored_as).write_bytes("承诺 150 个工作日".encode())
    chen.post(f"/cases/{case.uid}/agreement/", consent(case))
    assert not case.agreement.signatures.exists()


def test_signed_agreement_names_both_sides(cast, chen):
    case = cast.signed()
    page = chen.get(f"/cases/{case.uid}/agreement/")
    assert [s.signer_name for s in page.context["signatures"]] == ["陈予安", cast.task(case, "SIGN").assignee.user.name]
    assert 'name="has_read"' not in page.content.decode()
