"""The entrance: limits on wrong passwords, the door of the administration, the language, and a session that has ended."""

import pytest
from django.core import mail
from django.test import Client

from park.accounts.models import User
from park.notices import outbox
from park.notices.services import tell
from tests.cast import NOW, PASSWORD, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def try_to_sign_in(client: Client, login: str, password: str) -> int:
    return client.post(LOGIN, {"login": login, "password": password}).status_code


def test_sixth_wrong_password_locks_even_the_right_one_out_for_a_while(cast: Cast, client: Client):
    for _ in range(5):
        assert try_to_sign_in(client, "li", "wrong-guess-1") == 200
    assert try_to_sign_in(client, "li", PASSWORD) != 302
    assert "_auth_user_id" not in client.session


def test_wrong_guesses_at_one_person_lock_nobody_else_out(cast: Cast, client: Client):
    for _ in range(6):
        try_to_sign_in(client, "li", "wrong-guess-1")
    assert try_to_sign_in(Client(), "chen", PASSWORD) == 302


def test_administration_is_entered_by_the_same_door(cast: Cast, client: Client):
    assert client.get("/admin/")["Location"].startswith("/admin/login/?next=") or client.get("/admin/")[
        "Location"
    ].startswith(LOGIN)
    assert client.get("/admin/login/", follow=True).redirect_chain[-1][0].startswith(LOGIN)


def test_administrator_without_a_second_factor_is_sent_to_set_one_up(cast: Cast, client: Client):
    client.force_login(cast.admin)
    assert client.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"


def test_person_in_every_page_comes_in_one_query_with_all_that_pages_ask(cast: Cast, client: Client):
    client.force_login(cast.wang.user)
    request = client.get("/accounts/2fa/", follow=True).wsgi_request
    assert request.user.specialist.department.code == "DEP-INV"
    assert (request.user.has_second_factor, request.user.signs, request.user.unread) == (False, False, None)


def test_login_that_was_switched_off_is_let_in_no_more(cast: Cast, client: Client):
    client.force_login(cast.li)
    assert client.get("/cases/").status_code == 200
    User.objects.filter(pk=cast.li.pk).update(is_active=False)
    assert client.get("/cases/")["Location"].startswith(LOGIN)


def test_chosen_language_stays_with_the_person_and_mail_is_written_in_it(cast: Cast, client: Client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client.force_login(cast.li)
    client.post("/i18n/setlang/", {"language": "en", "next": "/cases/"})
    tell("enterprise.approved", [User.objects.get(pk=cast.li.pk)], key="x", path="/start/", now=NOW)
    outbox.deliver()
    assert [message.subject for message in mail.outbox if message.to == [cast.li.email]] == [
        "Your enterprise is approved"
    ]


def test_language_that_was_chosen_before_is_there_on_a_new_device(cast: Cast, client: Client):
    User.objects.filter(pk=cast.li.pk).update(language="en")
    response = client.post(LOGIN, {"login": "li", "password": PASSWORD})
    assert response.cookies["django_language"].value == "en"


def test_form_that_comes_after_the_session_leads_back_to_the_page_it_stood_on(cast: Cast, client: Client):
    case = cast.draft()
    response = client.post(
        f"/cases/{case.uid}/message/", {"body": "请问"}, headers={"referer": f"http://testserver/cases/{case.uid}/"}
    )
    assert response["Location"] == f"{LOGIN}?next=/cases/{case.uid}/"
    strange = client.post("/cases/x/", headers={"referer": "http://elsewhere.example/cases/"})
    assert strange.status_code == 404
    foreign = client.post(f"/cases/{case.uid}/message/", headers={"referer": "http://elsewhere.example/trap/"})
    assert foreign["Location"] == f"{LOGIN}?next=/start/"


def test_named_signatory_signs_from_now_on_with_a_second_factor(cast: Cast, client: Client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    membership = cast.li.memberships.get()
    client.post(f"/account/members/{membership.pk}/signatory/")
    membership.refresh_from_db()
    assert membership.is_signatory
    theirs = Client()
    theirs.force_login(cast.li)
    assert theirs.get("/cases/")["Location"] == "/accounts/2fa/totp/activate/"
    client.post(f"/account/members/{membership.pk}/signatory/")  # a second click changes nothing


def test_keys_of_a_new_signatory_are_revoked(cast: Cast):
    from park.accounts import services

    token, _text = services.make_token(user=cast.li, name="ERP", now=NOW)
    services.name_signatory(membership=cast.li.memberships.get(), by=cast.chen, now=NOW)
    token.refresh_from_db()
    assert token.revoked_at == NOW
