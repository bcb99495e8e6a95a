"""The booklet as PDF, and who can have it."""

import pytest
from django.urls import reverse

from lifecycle.booklet import booklet_of
from lifecycle.services.standard_draft import begin_draft
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_booklet_is_a_pdf_with_its_own_font(cast: Cast):
    content = booklet_of(cast.procedure.standard, {}, now=NOW)
    assert content.startswith(b"%PDF-")
    assert b"NotoSansSC" in content
    assert content.count(b"/Type /Page\n") == 2


def test_everybody_can_have_the_version_in_force(cast: Cast, client):
    address = reverse("procedures:booklet")
    first, again = (client.get(address) for _n in range(2))
    assert first["Content-Type"] == "application/pdf"
    assert first.content == again.content
    assert address in client.get(reverse("procedures:list")).content.decode()


def test_leaders_alone_have_that_of_a_draft(cast: Cast, client):
    draft = begin_draft(by=cast.shen, now=NOW)
    address = reverse("standard:booklet", args=[draft.version])
    for user, status in ((cast.wang.user, 403), (cast.shen, 200)):
        give_second_factor(user)
        client.force_login(user)
        assert client.get(address).status_code == status
