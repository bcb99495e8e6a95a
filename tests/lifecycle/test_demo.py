"""The demonstration: what it holds, that a seed is a month, and that it never touches a portal that people use."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.utils import is_mfa_enabled
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from lifecycle.demo.papers import paper
from lifecycle.demo.play import perform
from lifecycle.demo.scene import read_facts
from lifecycle.enums import CaseState, Stage, StandardState, TaskState
from lifecycle.models import Case, HandedOver, Message, Node, ServiceStandard, Task
from park.accounts.enums import Approval, Role
from park.accounts.models import Enterprise, Membership, User
from park.accounts.policies import needs_second_factor
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock, Rung
from park.deadlines.selectors import calendar, last_sweep_at
from park.deadlines.workdays import local_day
from park.events import sequencer
from park.events.models import Consumer, Event
from park.notices.models import Notice
from park.team.models import Specialist
from tests.cast import Cast, at

NOW = at("2026-11-23 10:30")


@pytest.fixture(scope="module")
def month(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The whole demonstration once for all tests that only look at it."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        perform(facts=read_facts(), now=NOW, seed=1, password="shown-on-the-console")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def few() -> dict[str, Any]:
    """Three companies are enough to see that a seed is a month."""
    facts = read_facts()
    return {**facts, "companies": [c for c in facts["companies"] if c["login"] in {"songzw", "weizc", "dengwx"}]}


def test_month_has_cases_in_every_state(month: None) -> None:
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)
    assert set(Task.objects.values_list("state", flat=True)) == set(TaskState.values)
    assert set(Clock.objects.values_list("state", flat=True)) == set(ClockState.values)


def test_standard_was_in_force_before_the_first_case(month: None) -> None:
    published = ServiceStandard.objects.get(state=StandardState.PUBLISHED).published_at
    assert not Case.objects.filter(created_at__lt=published).exists()


def test_an_earlier_version_lies_beside_it_as_an_example(month: None) -> None:
    example = ServiceStandard.objects.get(is_example=True)
    assert example.state == StandardState.SUPERSEDED
    assert not Case.objects.filter(procedure__standard=example).exists()


def test_every_stage_has_cases(month: None) -> None:
    assert set(Case.objects.values_list("procedure__stage", flat=True)) == set(Stage.values)


def test_authorities_of_a_foreign_company_work_side_by_side(month: None) -> None:
    case = Case.objects.get(procedure__code="REG-02")
    working = case.tasks.open().filter(department__is_partner=True)
    assert working.values("department").distinct().count() >= 5


def test_the_park_hands_documents_over(month: None) -> None:
    assert HandedOver.objects.values("case__procedure").distinct().count() >= 3


def test_somebody_is_there_for_every_step_of_the_standard(month: None) -> None:
    """Also for procedures that the month does not play: whoever tries one finds the park at work."""
    steps = Node.objects.filter(procedure__standard__state=StandardState.PUBLISHED, department__isnull=False)
    alone = [
        f"{step.procedure.code}.{step.code}"
        for step in steps.select_related("procedure")
        if not Specialist.objects.filter(department=step.department, skills=step.skill, is_active=True).exists()
    ]
    assert not alone


def test_nothing_lies_in_nobodys_hands(month: None) -> None:
    assert not Task.objects.open().filter(department__isnull=False, assignee=None).exists()


def test_month_has_clocks_of_every_colour(month: None) -> None:
    assert Clock.objects.overdue(NOW).count() >= 2
    assert Clock.objects.soon(NOW).count() >= 2
    assert set(Rung.objects.values_list("code", flat=True)) == {"W1", "W2", "W3", "B0", "B1", "B2"}


def test_month_has_promises_kept_and_broken(month: None) -> None:
    licences = Clock.objects.filter(kind="licence", case_milestone__case__state=CaseState.COMPLETED)
    assert set(licences.values_list("state", flat=True)) == {ClockState.MET, ClockState.BREACHED_THEN_MET}


def test_month_has_everybody(month: None) -> None:
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    assert not User.objects.filter(is_demo=False).exists()
    assert Enterprise.objects.filter(approval=Approval.PENDING).count() == 1
    assert Membership.objects.filter(approval=Approval.PENDING, ended_at=None).count() == 1
    assert Enterprise.objects.approved().count() >= 20
    assert Message.objects.filter(read_at=None).exists()
    assert Message.objects.exclude(read_at=None).exists()


def test_everybody_who_needs_a_second_factor_has_one(month: None) -> None:
    needing = [user for user in User.objects.all() if needs_second_factor(user)]
    assert needing
    assert all(is_mfa_enabled(user) for user in needing)


def test_nothing_lies_in_the_future(month: None) -> None:
    assert not Event.objects.filter(at__gt=NOW).exists()
    assert not Notice.objects.filter(created_at__gt=NOW).exists()
    assert not Rung.objects.filter(fired_at__gt=NOW).exists()


def test_staff_work_in_working_hours(month: None) -> None:
    staff = User.objects.exclude(role=Role.ENTERPRISE).values("pk")
    working = calendar()
    instants = list(Event.objects.filter(actor_id__in=staff).values_list("at", flat=True))
    assert instants
    for instant in instants:
        assert working.is_working(local_day(instant))
        assert "09:00" <= f"{instant.astimezone(NOW.tzinfo):%H:%M}" < "17:00"


def test_rungs_fire_when_they_are_due(month: None) -> None:
    assert all((rung.fired_at - rung.scheduled_for).total_seconds() <= 10 for rung in Rung.objects.all())


def test_no_sweep_is_pretended(month: None) -> None:
    assert last_sweep_at() is None


def test_log_is_sealed_and_read_to_its_end(month: None) -> None:
    assert sequencer.verify() is None
    assert not Event.objects.filter(position=None).exists()
    assert set(Consumer.objects.values_list("position", "failures")) == {(Event.objects.count(), 0)}


def test_paper_is_a_pdf_whose_table_finds_every_object() -> None:
    content = paper("公司章程", ["签署人：徐雯"])
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n ", content[start:])]
    assert content.startswith(b"%PDF-")
    assert content[start:].startswith(b"xref")
    assert [content[place:].split()[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]
    assert "公司章程".encode("utf-16-be").hex().encode() in content


@pytest.mark.django_db
def test_same_seed_makes_the_same_month(few: dict[str, Any]) -> None:
    assert _month(few, seed=1) == _month(few, seed=1)
    assert _month(few, seed=1) != _month(few, seed=2)


@pytest.mark.django_db
@pytest.mark.parametrize("now", ["2026-11-23 08:00", "2026-11-20 19:30", "2026-10-04 12:00"])
def test_month_ends_at_any_hour_of_any_day(few: dict[str, Any], now: str) -> None:
    perform(facts=few, now=at(now), seed=1, password="x")
    assert set(Case.objects.values_list("state", flat=True)) == {
        CaseState.CORRECTION,
        CaseState.IN_PROGRESS,
        CaseState.SUBMITTED,
    }
    assert Clock.objects.overdue(at(now)).count() == 2


@pytest.mark.django_db
def test_command_writes_the_sign_ins_for_its_owner_alone(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    call_command("demo", stdout=StringIO())
    path = tmp_path / "demo-sign-ins.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    password = re.search(r"Password of every login: (\S+)", text)[1]
    assert User.objects.get(username="xuwen").check_password(password)
    assert {"xuwen", "songzw"} <= set(text.split())
    with pytest.raises(CommandError, match="already"):
        call_command("demo", force=True, stdout=StringIO())


def test_command_refuses_a_portal_with_people(cast: Cast) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match="has users already"):
        call_command("demo", stdout=StringIO())
    assert User.objects.count() == before


def _month(facts: dict[str, Any], seed: int) -> tuple[list[Any], ...]:
    """What a performance leaves behind, without keys and secrets; itself undone."""
    with transaction.atomic():
        perform(facts=facts, now=NOW, seed=seed, password="x")
        left = (
            list(Event.objects.order_by("position").values_list("kind", "at", "actor_name")),
            list(Case.objects.order_by("reference").values_list("reference", "state", "answers")),
            list(Rung.objects.order_by("fired_at").values_list("code", "fired_at")),
        )
        transaction.set_rollback(True)
    return left
