"""What administrators may look at and what little they may change."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from park.deadlines import selectors
from park.deadlines.enums import Source
from park.deadlines.models import CalendarDay, CalendarYear
from park.deadlines.sweep import sweep
from park.deadlines.workdays import Limit, due_at
from park.events.models import Event
from park.notices import outbox
from park.notices.models import Notice, OutboxMessage
from tests.cast import Cast, at
from tests.cockpit.conftest import sign_in
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

OURS = ("deadlines", "events", "notices", "lifecycle")
MODELS = [model for model in admin.site._registry if model._meta.app_label in OURS]
READ_ONLY = [model for model in MODELS if model is not CalendarYear]


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    cast.admin.is_staff = True
    cast.admin.save()
    return sign_in(client, cast.admin)


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def days(*rows: tuple[str, bool, str], prefix: str = "days") -> dict[str, object]:
    """The fields of the inline form for (day, is it worked, name)."""
    given: dict[str, object] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": 0,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }
    for number, (day, is_working, name) in enumerate(rows):
        given |= {f"{prefix}-{number}-day": day, f"{prefix}-{number}-name_zh": name}
        if is_working:
            given[f"{prefix}-{number}-is_working"] = "on"
    return given


def add_year(client: Client, year: int, *rows: tuple[str, bool, str]):
    return client.post(
        address(CalendarYear, "add"), {"year": year, "is_published": "on", "source": "国办", **days(*rows)}
    )


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


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
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


def test_year_with_its_days_comes_into_force_at_once(administrator: Client, cast: Cast) -> None:
    before = due_at(selectors.calendar(), at("2027-03-01 10:00"), Limit(1))
    assert before == at("2027-03-02 17:00")
    assert add_year(administrator, 2027, ("2027-03-02", False, "园区日"), ("2027-03-06", True, "")).status_code == 302
    calendar = selectors.calendar()
    assert due_at(calendar, at("2027-03-01 10:00"), Limit(1)) == at("2027-03-03 17:00")
    assert calendar.kind(date(2027, 3, 6)) == "makeup"
    assert not calendar.is_provisional(date(2027, 3, 2))


def test_changed_day_comes_into_force_at_once(administrator: Client, cast: Cast) -> None:
    add_year(administrator, 2027, ("2027-03-02", False, "园区日"))
    assert not selectors.calendar().is_working(date(2027, 3, 2))
    row = CalendarDay.objects.get()
    given = {"is_published": "on", "source": "国办", **days(("2027-03-03", False, "园区日"))}
    given |= {"days-INITIAL_FORMS": 1, "days-0-id": row.pk, "days-0-year": 2027}
    assert administrator.post(address(CalendarYear, "change", 2027), given).status_code == 302
    calendar = selectors.calendar()
    assert (calendar.is_working(date(2027, 3, 2)), calendar.is_working(date(2027, 3, 3))) == (True, False)


@pytest.mark.parametrize("year", [1999, 2099])
def test_year_beyond_the_calendar_is_refused(administrator: Client, year: int) -> None:
    assert "year" in add_year(administrator, year).context["adminform"].form.errors
    assert not CalendarYear.objects.exists()


def test_day_of_another_year_is_refused(administrator: Client) -> None:
    response = add_year(administrator, 2027, ("2026-12-31", False, ""))
    assert response.context["inline_admin_formsets"][0].formset.non_form_errors()
    assert not CalendarYear.objects.exists()


def test_day_named_twice_is_refused(administrator: Client) -> None:
    response = add_year(administrator, 2027, ("2027-03-02", False, ""), ("2027-03-02", True, ""))
    assert response.status_code == 200
    assert not CalendarYear.objects.exists()


def test_year_without_working_days_is_refused(administrator: Client, settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None
    first = date(2027, 1, 1)
    whole = [(first + timedelta(days=number)).isoformat() for number in range(365)]
    response = add_year(administrator, 2027, *[(day, False, "停") for day in whole])
    assert response.context["inline_admin_formsets"][0].formset.non_form_errors()
    assert not CalendarYear.objects.exists()
    assert add_year(administrator, 2027, *[(day, False, "停") for day in whole[1:]]).status_code == 302


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
