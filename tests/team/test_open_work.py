"""The open work of people: kept at every change of hands, and the reasons that are kept with it."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from lifecycle.services import cases, tasks
from lifecycle.services.errors import NotYours
from park.team import reasons
from park.team.enums import Ground
from park.team.models import AssignmentDecision, Certificate, CertificateKind, OpenWork
from park.team.services import set_absent
from park.team.services.assignment import reconcile
from profiles.enums import NeedSource
from profiles.models import EnterpriseProfile, NeedCategory, Visit
from profiles.services import needs, visit_planning, visits
from profiles.services.profile import name_key_enterprise
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def in_hand(kind: str) -> dict[int, int]:
    return dict(OpenWork.objects.filter(kind=kind).values_list("number", "specialist"))


def certify(person, until: date, since: date = date(2026, 1, 1)) -> Certificate:
    kind = CertificateKind.objects.get(code="KEY")
    return Certificate.objects.create(holder=person, kind=kind, issued_on=since, expires_on=until)


def make_key(cast: Cast) -> None:
    name_key_enterprise(cast.enterprise, is_key=True, reason="龙头企业", by=cast.shen, now=NOW)


def raise_need(cast: Cast, code: str = "office_space", text: str = "需要办公室"):
    return needs.raise_need(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.get(code=code),
        text=text,
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=NOW,
    )


def test_open_work_is_what_the_tables_of_the_apps_say_after_a_whole_case(cast: Cast):
    cast.in_correction()
    cast.at_result()
    cases.withdraw_case(cast.submitted(), by=cast.chen, now=NOW)
    raise_need(cast)
    visit_planning.plan_visits(NOW)
    assert in_hand("task") and in_hand("need") and in_hand("visit")
    assert reconcile(NOW) == 0


def test_reconcile_brings_back_what_is_missing_and_drops_what_is_too_much(cast: Cast):
    task = cast.in_review()
    OpenWork.objects.all().delete()
    OpenWork.objects.create(kind="task", number=10**9, specialist=cast.wang, given_at=NOW)
    assert reconcile(NOW) == 2
    assert in_hand("task") == {task.pk: task.assignee_id}


def test_work_that_is_done_is_in_nobodys_hands(cast: Cast):
    case = cast.completed()
    assert in_hand("task") == {}
    assert AssignmentDecision.objects.filter(kind="task").count() >= case.tasks.count()


def test_claim_and_transfer_are_decisions_too(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    other = cast.han if task.assignee == cast.wang else cast.wang
    tasks.claim_task(task, by=other.user, now=NOW)
    assert in_hand("task") == {task.pk: other.pk}
    tasks.transfer_task(task, to=task.assignee, note="x", by=other.user, now=NOW)
    grounds = AssignmentDecision.objects.filter(number=task.pk, kind="task").order_by("pk")
    assert list(grounds.values_list("ground", flat=True)) == [Ground.LEAST_LOAD, Ground.CLAIMED, Ground.TRANSFERRED]
    assert in_hand("task") == {task.pk: task.assignee_id}


def test_a_need_is_in_hand_until_it_is_closed_and_again_when_reopened(cast: Cast):
    need = raise_need(cast)
    assert in_hand("need") == {need.pk: need.owner_id}
    assert OpenWork.objects.get(kind="need").clock == need.clock_id
    needs.satisfy_need(need, by_what="已租", by=need.owner.user, now=NOW)
    assert in_hand("need") == {}
    needs.reopen_need(need, reason="还要", by=cast.chen, now=NOW)
    assert in_hand("need") == {need.pk: need.owner_id}


def test_a_visit_is_in_hand_until_it_is_called_off(cast: Cast):
    visit_planning.plan_visits(NOW)
    visit = Visit.objects.filter(specialist__isnull=False).first()
    assert in_hand("visit")[visit.pk] == visit.specialist_id
    visits.cancel_visit(visit, reason="搬走", by=cast.shen, now=NOW)
    assert visit.pk not in in_hand("visit")


def test_decision_tells_of_everybody_in_both_languages(cast: Cast):
    set_absent(specialist=cast.wang, first_on=NOW.date(), last_on=NOW.date(), by=cast.shen, now=NOW)
    task = cast.task(cast.submitted(), "N2")
    decision = AssignmentDecision.objects.get(kind="task", number=task.pk)
    with translation.override("en"):
        told = {line.name: line.text for line in reasons.lines(decision)}
        assert reasons.why(decision) == "Of 1 suitable person, nobody has less in hand: it weighs 0.0."
    assert told["王敏"] == "is away"
    assert told["韩放"] == "chosen"
    assert told["钱若溪"] == "does not have the skill that this asks for"
    with translation.override("zh-hans"):
        assert {line.name: line.text for line in reasons.lines(decision)}["王敏"] != "is away"


def test_work_for_a_key_enterprise_goes_to_the_certified_only(cast: Cast):
    make_key(cast)
    certify(cast.han, date(2026, 12, 31))
    task = cast.task(cast.submitted(), "N2")
    assert task.assignee == cast.han
    decision = AssignmentDecision.objects.get(kind="task", number=task.pk)
    assert decision.is_key
    assert {row["pk"]: row["verdict"] for row in decision.considered}[cast.wang.pk] == "no_certificate"
    with pytest.raises(NotYours):
        tasks.claim_task(task, by=cast.wang.user, now=NOW)
    with pytest.raises(NotYours):
        tasks.transfer_task(task, to=cast.wang, note="x", by=cast.han.user, now=NOW)


@pytest.mark.parametrize("until, is_given", [(date(2026, 11, 20), True), (date(2026, 11, 19), False)])
def test_a_certificate_ends_assignment_on_the_day_after_its_last(cast: Cast, until: date, is_given: bool):
    make_key(cast)
    certificate = certify(cast.wang, date(2026, 12, 31))
    draft = cast.complete_draft()
    Certificate.objects.filter(pk=certificate.pk).update(expires_on=until)
    task = cast.task(cases.submit_case(draft, by=cast.chen, now=NOW), "N2")
    assert (task.assignee == cast.wang) is is_given
    assert (task.assignee is None) is not is_given


def test_partners_need_no_certificate_of_the_park(cast: Cast):
    make_key(cast)
    certify(cast.wang, date(2027, 6, 1))
    certify(cast.lu, date(2027, 6, 1))
    assert cast.task(cast.accepted(), "N8").assignee == cast.gao


def test_a_key_enterprise_is_visited_by_the_certified(cast: Cast):
    make_key(cast)
    visit_planning.plan_visits(NOW)
    key = Visit.objects.filter(enterprise=cast.enterprise)
    assert key.exists() and not key.filter(specialist__isnull=False).exists()
    assert Visit.objects.filter(enterprise=cast.other, specialist__isnull=False).exists()
    certify(cast.lu, date(2027, 12, 31))
    visit_planning.give_away(NOW)
    assert set(key.values_list("specialist", flat=True)) == {cast.lu.pk}
    with pytest.raises(visits.Refused):
        visits.hand_over_visit(key.first(), to=cast.wang, reason="", by=cast.shen, now=NOW)


def test_who_stands_in_for_whoever_looks_after_the_enterprise_comes_first(cast: Cast):
    need = raise_need(cast)
    department = need.department
    for person in (cast.wang, cast.han):
        type(person).objects.filter(pk=person.pk).update(department=department)
    EnterpriseProfile.objects.update_or_create(
        enterprise=cast.enterprise, defaults={"specialist": cast.wang, "updated_at": NOW}
    )
    assert raise_need(cast, text="二").owner == cast.wang
    day = NOW.date()
    set_absent(specialist=cast.wang, first_on=day, last_on=day, substitute=cast.han, by=cast.shen, now=NOW)
    owner = raise_need(cast, text="三").owner
    assert owner == cast.han
    assert AssignmentDecision.objects.filter(kind="need").latest("pk").ground == Ground.LOOKS_AFTER


def test_work_of_a_weekend_goes_to_who_is_there_on_the_next_working_day(cast: Cast):
    saturday = NOW + timedelta(days=1)
    monday = (NOW + timedelta(days=3)).date()
    draft = cast.complete_draft()
    set_absent(specialist=cast.wang, first_on=monday, last_on=monday, by=cast.shen, now=NOW)
    for _ in range(2):
        OpenWork.objects.filter(specialist=cast.han).update(specialist=cast.wang)
    case = cases.submit_case(draft, by=cast.chen, now=saturday)
    assert cast.task(case, "N2").assignee == cast.han
