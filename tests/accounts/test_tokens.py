"""Tokens of the API: only their digest is kept, and they end."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from park.accounts import services
from park.accounts.models import ApiToken, User
from park.events.models import Event
from tests.cast import NOW

pytestmark = pytest.mark.django_db
URL = "/api/v1/tokens/"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")


def call(text: str) -> int:
    return Client().get(URL, headers={"Authorization": f"Bearer {text}"}).status_code


def test_text_of_a_token_is_not_kept(person: User):
    token, text = services.make_token(user=person, name="ERP", now=NOW)
    assert text.startswith("park_")
    assert len(text) > 40
    assert token.digest == services.digest(text)
    kept = [str(value) for row in (*ApiToken.objects.values(), *Event.objects.values()) for value in row.values()]
    assert not any(text in value for value in kept)


def test_tokens_are_all_different(person: User):
    texts = {services.make_token(user=person, name="ERP", now=NOW)[1] for _ in range(20)}
    assert len(texts) == 20


def test_token_opens_the_api_and_its_day_of_use_is_noted(person: User):
    token, text = services.make_token(user=person, name="ERP", now=NOW)
    assert call(text) == 200
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()


@pytest.mark.parametrize("text", ["", "park_", "park_unknown", "x y", "\xe9", "park_" + "a" * 5000])
def test_wrong_token_is_refused(person: User, text: str):
    answer = Client().get(URL, headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:park:problem:authentication_failed"


def test_revoked_token_is_refused(person: User):
    token, text = services.make_token(user=person, name="ERP", now=NOW)
    services.revoke_token(token=token, by=person, now=NOW)
    assert call(text) == 401


def test_token_is_revoked_once(person: User):
    token, _text = services.make_token(user=person, name="ERP", now=NOW)
    services.revoke_token(token=token, by=person, now=NOW)
    services.revoke_token(token=token, by=person, now=NOW + timedelta(days=1))
    token.refresh_from_db()
    assert token.revoked_at == NOW
    assert Event.objects.filter(kind="token.revoked").count() == 1


def test_expired_token_is_refused(person: User):
    now = timezone.now()
    _, early = services.make_token(user=person, name="ERP", now=NOW, expires_at=now - timedelta(seconds=1))
    _, late = services.make_token(user=person, name="ERP", now=NOW, expires_at=now + timedelta(hours=1))
    assert (call(early), call(late)) == (401, 200)


def test_token_is_usable_until_its_instant(person: User):
    token, _text = services.make_token(user=person, name="ERP", now=NOW, expires_at=NOW)
    assert list(ApiToken.objects.usable(NOW - timedelta(microseconds=1))) == [token]
    assert not ApiToken.objects.usable(NOW).exists()


def test_token_of_somebody_who_left_is_refused(person: User):
    _, text = services.make_token(user=person, name="ERP", now=NOW)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert call(text) == 401


def test_token_does_not_open_pages(person: User):
    _, text = services.make_token(user=person, name="ERP", now=NOW)
    answer = Client().get("/start/", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 302
