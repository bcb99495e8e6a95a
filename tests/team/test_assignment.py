"""Who gets the next task: the pure rule, and the service that applies it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.models import Task
from lifecycle.services import cases, tasks
from lifecycle.services.errors import NotYours
from park.events.consumers import react
from park.events.models import Event
from park.notices.models import Notice
from park.team.assignment import Candidate, Choice, choose
from park.team.models import Absence, Specialist
from park.team.rules import CRITERIA, rules
from park.team.services import load_departments, set_absent
from tests.cast import NOW, Cast, at

ORDER = rules().order


def test_choose_takes_the_least_open_work():
    choice = choose([Candidate(1, 3), Candidate(2, 1), Candidate(3, 2)], ORDER)
    assert (choice.pk, choice.suitable, choice.decided_by) == (2, 3, "load")


def test_choose_among_equals_takes_who_waited_longest():
    people = [Candidate(1, last_assigned=50.0), Candidate(2, last_assigned=20.0), Candidate(3, last_assigned=30.0)]
    assert choose(people, ORDER).pk == 2


def test_choose_among_equals_prefers_who_never_had_a_task():
    assert choose([Candidate(1, last_assigned=20.0), Candidate(2)], ORDER).pk == 2


def test_choose_at_last_takes_the_lower_number():
    choice = choose([Candidate(9), Candidate(4)], ORDER)
    assert (choice.pk, choice.decided_by) == (4, "by_number")


def test_choose_of_nobody_is_nobody():
    assert choose([], ORDER) == Choice(None, ())


def test_choose_says_of_everybody_what_decided():
    people = [
        Candidate(1, load=100, open_load=1),
        Candidate(2, lacks="away"),
        Candidate(3),
        Candidate(4, is_head=True),
        Candidate(5, last_assigned=9.0),
        Candidate(6),
    ]
    verdicts = {one.pk: one.verdict for one in choose(people, ORDER).looked}
    assert verdicts == {1: "load", 2: "away", 3: "chosen", 4: "not_head", 5: "waited", 6: "by_number"}


def test_whoever_looks_after_the_enterprise_comes_first_then_who_stands_in():
    people = [Candidate(1), Candidate(2, load=900, closeness=1), Candidate(3, load=900, closeness=2, lacks="away")]
    assert choose(people, ORDER).pk == 2


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        pk=st.integers(1, 30),
        load=st.integers(0, 500),
        last_assigned=st.floats(0, 100),
        closeness=st.integers(0, 2),
        is_head=st.booleans(),
        lacks=st.sampled_from(["", "", "no_skill", "no_certificate", "certificate_expired", "away"]),
    ),
    max_size=12,
    unique_by=lambda c: c.pk,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=CANDIDATES, order=st.permutations(CRITERIA))
def test_nobody_unsuitable_is_ever_chosen(people: list[Candidate], order: list[str]):
    choice = choose(people, order)
    suitable = {c.pk for c in people if not c.lacks}
    assert (choice.pk in suitable) if suitable else choice.pk is None
    assert {one.pk for one in choice.looked} == {c.pk for c in people}
    assert {one.pk for one in choice.looked if one.verdict == "chosen"} == {choice.pk} - {None}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=CANDIDATES, order=st.permutations(CRITERIA))
def test_the_order_of_the_list_does_not_matter(people: list[Candidate], order: list[str]):
    assert choose(people, order) == choose(people[::-1], order)


@given(count=st.integers(1, 8), arrivals=st.integers(0, 60))
def test_one_after_the_other_loads_stay_within_one_of_even(count: int, arrivals: int):
    loads = dict.fromkeys(range(1, count + 1), 0)
    latest = dict.fromkeys(loads, 0.0)
    for now in range(1, arrivals + 1):
        chosen = choose([Candidate(pk, loads[pk], loads[pk], latest[pk]) for pk in loads], ORDER).pk
        assert chosen
        loads[chosen], latest[chosen] = loads[chosen] + 1, float(now)
        assert max(loads.values()) - min(loads.values()) <= 1


@pytest.mark.django_db
def test_task_goes_to_the_qualified_of_the_department_and_says_why(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    assert task.assignee in {cast.wang, cast.han}
    assert task.assignment == {"rule": "least_load", "open_load": 0, "candidates": 2}
    assert task.assigned_at == NOW


@pytest.mark.django_db
def test_second_case_goes_to_the_other_colleague(cast: Cast):
    first = cast.task(cast.submitted(), "N2")
    second = cast.task(cast.submitted(NOW + timedelta(minutes=1)), "N2")
    assert {first.assignee, second.assignee} == {cast.wang, cast.han}


@pytest.mark.django_db
@pytest.mark.parametrize("first, last", [("2026-11-20", "2026-11-20"), ("2026-11-01", "2026-11-30")])
def test_absent_colleague_gets_nothing(cast: Cast, first: str, last: str):
    set_absent(
        specialist=cast.wang,
        first_on=at(f"{first} 00:00").date(),
        last_on=at(f"{last} 00:00").date(),
        by=cast.shen,
        now=NOW,
    )
    task = cast.task(cast.submitted(), "N2")
    assert (task.assignee, task.assignment["candidates"]) == (cast.han, 1)


@pytest.mark.django_db
def test_absence_counts_by_the_day_in_shanghai(cast: Cast):
    """00:30 in Shanghai is still the day before in UTC."""
    Absence.objects.create(specialist=cast.wang, first_on="2026-11-20", last_on="2026-11-20")
    case = cast.complete_draft(at("2026-11-20 15:00"))
    case = cases.submit_case(case, by=cast.chen, now=at("2026-11-21 00:30"))
    assert cast.task(case, "N2").assignment["candidates"] == 2


@pytest.mark.django_db
def test_inactive_and_unqualified_people_get_nothing(cast: Cast):
    Specialist.objects.filter(pk=cast.wang.pk).update(is_active=False)
    cast.han.skills.clear()
    case = cast.draft()
    cast.han.skills.add(case.procedure.nodes.get(code="SIGN").skill)
    case = cast.complete_draft()
    cast.han.skills.clear()
    case = cases.submit_case(case, by=cast.chen, now=NOW)
    task = Task.objects.get(case=case, node__code="N2")
    assert task.assignee is None
    event = Event.objects.get(kind="task.unassigned")
    assert (event.subject_id, event.is_internal) == (str(task.pk), True)


@pytest.mark.django_db
def test_head_is_told_when_nobody_can_take_a_task(cast: Cast):
    case = cast.complete_draft()
    for person in (cast.wang, cast.han):
        Absence.objects.create(specialist=person, first_on="2026-11-20", last_on="2026-11-20")
    cases.submit_case(case, by=cast.chen, now=NOW)
    react()
    assert set(Notice.objects.filter(kind="task.unassigned").values_list("recipient__username", flat=True)) == {"qian"}


@pytest.mark.django_db
def test_closed_work_is_no_load(cast: Cast):
    first = cast.task(cast.submitted(), "N2")
    cases.withdraw_case(first.case, by=cast.chen, now=NOW)
    second = cast.task(cast.submitted(NOW + timedelta(minutes=1)), "N2")
    assert second.assignment["open_load"] == 0


@pytest.mark.django_db
def test_set_absent_is_recorded(cast: Cast):
    day = NOW.date()
    absence = set_absent(specialist=cast.wang, first_on=day, last_on=day, by=cast.shen, now=NOW, substitute=cast.han)
    assert absence.substitute == cast.han
    assert Event.objects.get(kind="specialist.absent").data == {"first_on": "2026-11-20", "last_on": "2026-11-20"}
    assert list(Specialist.objects.present_on(day).filter(department=cast.wang.department)) == [cast.han, cast.qian]


@pytest.mark.django_db
def test_load_departments_brings_changed_names_up_to_date(cast: Cast):
    department = cast.wang.department
    type(department).objects.filter(pk=department.pk).update(name_zh="旧名")
    load_departments()
    department.refresh_from_db()
    assert department.name_zh == "招商服务部"


@pytest.mark.django_db
def test_transfer_needs_a_qualified_taker(cast: Cast):
    task = cast.in_review()
    with pytest.raises(NotYours):
        tasks.transfer_task(task, to=cast.gao, note="x", by=task.assignee.user, now=NOW)
    task.refresh_from_db()
    assert task.assignee in {cast.wang, cast.han}


@pytest.mark.django_db
def test_days_between_two_absences_are_worked(cast: Cast) -> None:
    day = NOW.date()
    for away in (-30, 20):
        first = day + timedelta(days=away)
        Absence.objects.create(specialist=cast.wang, first_on=first, last_on=first + timedelta(days=10))
    assert cast.wang in Specialist.objects.present_on(day)
    assert cast.wang not in Specialist.objects.present_on(day + timedelta(days=25))
