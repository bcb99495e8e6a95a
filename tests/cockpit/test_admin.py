"""What administrators may look at and what little they may change."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from park.deadlines.enums import Source
from park.deadlines.models import CalendarYear
from park.deadlines.sweep import sweep
from park.events.models import Event
from park.notices import outbox
from park.notices.models import Notice, OutboxMessage
from tests.cast import Cast, at
from tests.cockpit.conftest import sign_in
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

OURS = ("deadlines", "events", "notices", "lifecycle")
MODELS = [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    cast.admin.is_staff = True
    cast.admin.save()
    return sign_in(client, cast.admin)


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_every_row_opens(administrator: Client, cast: Cast, model: type) -> None:
    case = cast.in_correction()
    start(cast)
    sweep(source=Source.COMMAND, now=at("2026-12-30 09:00"))
    CalendarYear.objects.create(year=2027)
    assert case.correction
    assert administrator.get(address(model, "changelist")).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert administrator.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_what_services_write_cannot_be_edited(administrator: Client, cast: Cast, model: type) -> None:
    cast.in_correction()
    sweep(source=Source.COMMAND, now=at("2026-12-30 09:00"))
    assert administrator.get(address(model, "add")).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        assert administrator.post(address(model, "change", row.pk), {}).status_code == 403
        assert administrator.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", ["shen", "auditor", "chen"])
def test_administration_is_for_administrators(client: Client, cast: Cast, who: str) -> None:
    sign_in(client, getattr(cast, who))
    assert client.get(address(CalendarYear, "changelist")).status_code == 403


def test_message_that_was_given_up_is_tried_again(administrator: Client, cast: Cast) -> None:
    def message(key: str, **given: object) -> OutboxMessage:
        data = {"label_zh": "预审", "label_en": "Pre-review", "due_at": "2026-11-25T17:00:00+08:00"}
        notice = Notice.objects.create(
            recipient=cast.chen, kind="clock.B0.enterprise", dedupe_key=key, data=data, created_at=timezone.now()
        )
        return OutboxMessage.objects.create(notice=notice, channel="email", attempts=8, **given)

    dead, sent = message("rung:1", is_dead=True), message("rung:2", delivered_at=timezone.now())
    chosen = {"action": "try_again", "_selected_action": [dead.pk, sent.pk]}
    assert administrator.post(address(OutboxMessage, "changelist"), chosen).status_code == 302
    dead.refresh_from_db()
    sent.refresh_from_db()
    assert (dead.is_dead, dead.attempts, sent.attempts) == (False, 0, 8)
    assert Event.objects.get(kind="message.tried_again").actor_id == cast.admin.pk
    assert outbox.deliver() == 1
