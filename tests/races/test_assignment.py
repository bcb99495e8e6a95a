"""Fifty pieces of work that come in one moment."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from lifecycle.services import cases
from park.accounts.enums import Role
from park.accounts.models import User
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import AssignmentDecision, Department, OpenWork, Skill, Specialist
from park.team.services import set_absent
from park.team.services.assignment import assign, hold_departments, release
from tests.cast import NOW, Cast
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVALS = 50


def officer(number: int, *skills: str, department: str = "DEP-INV") -> Specialist:
    user = User.objects.create_user(
        f"officer{number}", f"o{number}@example.invalid", "x", name=f"专员{number}", role=Role.SPECIALIST
    )
    made = Specialist.objects.create(user=user, department=Department.objects.get(code=department))
    made.skills.set(Skill.objects.filter(code__in=skills))
    return made


def request(number: int, department: str = "DEP-INV", skill: str = "R-INV", *, is_key: bool = False) -> Request:
    return Request(
        kind="task",
        number=number + 1,
        department=Department.objects.get(code=department).pk,
        on=NOW.date(),
        skills=(Skill.objects.get(code=skill).pk,),
        is_key=is_key,
    )


def test_fifty_arrivals_of_one_moment_are_shared_evenly_among_the_qualified(cast: Cast):
    able = {cast.wang.pk, cast.han.pk, *(officer(n, "R-INV").pk for n in range(5))}
    officer(7)  # no skill
    away = officer(8, "R-INV")
    set_absent(specialist=away, first_on=NOW.date(), last_on=NOW.date(), by=cast.shen, now=NOW)

    made = at_once(lambda n: assign(request(n), now=NOW).specialist_id, times=ARRIVALS, threads=ARRIVALS)

    shares = Counter(made)
    assert set(shares) == able
    assert max(shares.values()) - min(shares.values()) <= 1
    assert OpenWork.objects.count() == ARRIVALS
    assert AssignmentDecision.objects.filter(ground=Ground.LEAST_LOAD).count() == ARRIVALS


def test_ten_cases_submitted_in_one_moment_are_shared_evenly(cast: Cast):
    for n in range(3):
        officer(n, "R-INV")
    drafts = []
    for n in range(10):
        cast.enterprise = cast.further_enterprise()
        drafts.append(cast.complete_draft(NOW + timedelta(minutes=n)))
    OpenWork.objects.all().delete()

    at_once(lambda n: cases.submit_case(drafts[n], by=cast.chen, now=NOW).pk, times=len(drafts), threads=len(drafts))

    held = [cast.task(draft, "N2").assignee_id for draft in drafts]
    assert set(Counter(held).values()) == {2}
    assert sorted(OpenWork.objects.values_list("specialist", flat=True)) == sorted(held)


def test_nobody_certified_means_that_nobody_gets_work_for_a_key_enterprise(cast: Cast):
    made = at_once(lambda n: assign(request(n, is_key=True), now=NOW).specialist_id, times=20)
    assert set(made) == {None}
    assert not OpenWork.objects.exists()


def test_work_that_ends_while_more_arrives_is_neither_lost_nor_counted(cast: Cast):
    for n in range(20):
        assign(request(n), now=NOW)

    def come_and_go(n: int) -> None:
        assign(request(100 + n), now=NOW) if n % 2 else release("task", [n + 1])

    outcomes = at_once(come_and_go, times=20)

    assert set(outcomes) == {None}
    assert OpenWork.objects.count() == 20 - 10 + 10


def test_transactions_that_open_work_in_several_departments_do_not_wait_in_a_circle(cast: Cast):
    departments = list(Department.objects.order_by("pk").values_list("pk", flat=True))

    def open_both(n: int) -> None:
        order = [request(2 * n), request(2 * n + 1, "DEP-ENT", "R-ESS")]
        with transaction.atomic():
            hold_departments(departments if n % 2 else departments[::-1])
            for one in order if n % 2 else order[::-1]:
                assign(one, now=NOW)

    assert set(at_once(open_both, times=40)) == {None}
    assert OpenWork.objects.count() == 80
