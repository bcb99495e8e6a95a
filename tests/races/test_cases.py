"""What happens when many people do the same thing in the same moment."""

from collections import Counter

import pytest
from django.test import Client

from lifecycle.enums import CaseState, TaskState, Verdict
from lifecycle.models import Case, Signature, Task
from lifecycle.services import agreements, cases, materials, review, tasks
from lifecycle.services.agreements import Evidence
from lifecycle.services.errors import CaseMoved, NotYours
from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.models import Clock
from park.events.models import Event
from park.team.models import Department, Skill, Specialist
from tests.cast import ANSWERS, NOW, PASSWORD, Cast, pdf
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_hundred_submissions_of_one_draft_make_one_case(cast: Cast):
    draft = cast.complete_draft()

    outcomes = at_once(lambda _: cases.submit_case(draft, by=cast.chen, now=NOW).reference, times=200)

    assert set(outcomes) == {"CM26-1120-01"}
    assert Case.objects.count() == 1
    assert Task.objects.get(case=draft, node__code="N2").state == TaskState.READY
    assert Clock.objects.filter(kind="pre_review").count() == 1
    assert Event.objects.filter(kind="case.submitted").count() == 1


def test_many_clicks_on_apply_open_one_draft(cast: Cast):
    opened = at_once(
        lambda _: cases.begin_case(enterprise=cast.enterprise, procedure=cast.procedure, by=cast.chen, now=NOW).pk,
        times=40,
    )
    assert len(set(opened)) == 1
    assert Case.objects.count() == 1


def test_two_sign_ups_with_one_code_make_one_enterprise_and_one_founder(cast: Cast):
    people = [User.objects.create_user(f"p{n}", f"p{n}@example.invalid", "x", name=f"人{n}") for n in range(12)]
    outcomes = at_once(
        lambda n: accounts.sign_up_enterprise(user=people[n], name_zh="福州某公司", uscc="91350100M000100Y43", now=NOW),
        times=12,
    )
    assert len({enterprise.pk for enterprise, _membership in outcomes}) == 1
    assert sorted(membership.is_signatory for _enterprise, membership in outcomes) == [False] * 11 + [True]


def test_two_clicks_on_sign_up_make_one_login_with_its_enterprise(cast: Cast):
    form = {
        "username": "gu",
        "email": "gu@example.invalid",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "name": "顾长禾",
        "phone": "13800004126",
        "is_forming": "yes",
        "enterprise_name": "上海瀛洲智造科技有限公司",
    }
    answers = at_once(lambda _: Client().post("/accounts/signup/", form).status_code, times=6, threads=6)
    assert answers.count(302) == 1
    assert set(answers) <= {200, 302, 422}
    assert User.objects.get(username="gu").memberships.count() == 1


def test_submissions_of_one_moment_get_numbers_without_gap_or_double(cast: Cast):
    drafts = [_complete_draft_of(cast, number) for number in range(12)]
    references = at_once(lambda n: cases.submit_case(drafts[n], by=drafts[n].created_by, now=NOW).reference, times=12)
    assert sorted(references) == [f"CM26-1120-{n:02d}" for n in range(1, 13)]


def test_fifty_claims_of_one_task_have_one_winner(cast: Cast):
    people = [_officer(number) for number in range(50)]
    task = cast.task(cast.submitted(), "N2")

    outcomes = at_once(lambda n: tasks.claim_task(task, by=people[n].user, now=NOW), times=50)

    assert Counter(type(outcome) for outcome in outcomes) == {Task: 1, CaseMoved: 49}
    winner = next(outcome for outcome in outcomes if isinstance(outcome, Task))
    task.refresh_from_db()
    assert (task.state, task.assignee_id) == (TaskState.CLAIMED, winner.assignee_id)
    assert task.clock.responsible_id == winner.assignee_id
    assert Event.objects.filter(kind="task.claimed", subject_id=str(task.pk)).count() == 1


def test_unqualified_people_never_win_a_claim(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    outcomes = at_once(lambda n: tasks.claim_task(task, by=(cast.gao, cast.qian)[n % 2].user, now=NOW), times=10)
    assert {type(outcome) for outcome in outcomes} == {NotYours}
    task.refresh_from_db()
    assert task.state == TaskState.READY


def test_two_signatures_at_once_leave_one(cast: Cast):
    draft = cast.draft()
    sha256 = draft.agreement.document.sha256

    outcomes = at_once(
        lambda _: agreements.sign_for_enterprise(draft, sha256=sha256, by=cast.chen, now=NOW, evidence=Evidence()),
        times=8,
    )

    assert Counter(type(outcome) for outcome in outcomes) == {Signature: 1, CaseMoved: 7}
    assert Clock.objects.filter(kind="signing").count() == 1


def test_park_signs_once_and_starts_one_promise(cast: Cast):
    draft = cast.draft()
    sha256 = draft.agreement.document.sha256
    agreements.sign_for_enterprise(draft, sha256=sha256, by=cast.chen, now=NOW, evidence=Evidence())
    task = cast.task(draft, "SIGN")
    by = task.assignee.user
    task = tasks.claim_task(task, by=by, now=NOW)

    outcomes = at_once(
        lambda _: agreements.sign_for_park(task, sha256=sha256, by=by, now=NOW, evidence=Evidence()), times=8
    )

    assert Counter(type(outcome) for outcome in outcomes) == {Signature: 1, CaseMoved: 7}
    assert Clock.objects.filter(kind="licence").count() == 1


def test_passing_and_withdrawing_at_once_end_in_one_state(cast: Cast):
    task = cast.in_review()
    by = task.assignee.user
    review.set_verdicts(task, {m.pk: (Verdict.ACCEPTED, "") for m in task.case.materials.all()}, by=by, now=NOW)
    acts = [
        lambda: review.pass_review(task, by=by, now=NOW),
        lambda: cases.withdraw_case(task.case, by=cast.chen, now=NOW),
    ]

    outcomes = at_once(lambda n: acts[n](), times=2)

    # the withdrawal is possible before and after; passing only before
    assert isinstance(outcomes[0], Case | CaseMoved)
    assert outcomes[1].state == CaseState.WITHDRAWN
    case = Case.objects.get(pk=task.case_id)
    assert case.state == CaseState.WITHDRAWN
    assert not case.tasks.open().exists()
    assert not Clock.objects.open().exists()


def test_versions_handed_in_at_once_are_numbered_one_by_one(cast: Cast):
    draft = cast.draft()
    requirement = cast.procedure.requirements.get(code="MAT-ART")
    outcomes = at_once(
        lambda n: materials.hand_in(draft, requirement, pdf(f"{n}.pdf"), by=cast.chen, now=NOW).number, times=10
    )
    assert sorted(outcomes) == list(range(1, 11))


def test_fifty_submissions_load_two_people_evenly(cast: Cast):
    drafts = [_complete_draft_of(cast, number) for number in range(50)]
    at_once(lambda n: cases.submit_case(drafts[n], by=drafts[n].created_by, now=NOW), times=50)
    loads = Counter(Task.objects.filter(node__code="N2").values_list("assignee__user__username", flat=True))
    assert sum(loads.values()) == 50
    assert max(loads.values()) - min(loads.values()) <= 1
    assert set(loads) == {"wang", "han"}


def _officer(number: int) -> Specialist:
    user = User.objects.create_user(
        f"officer{number}", f"officer{number}@example.invalid", "x", name=f"专员{number}", role=Role.SPECIALIST
    )
    made = Specialist.objects.create(user=user, department=Department.objects.get(code="DEP-INV"))
    made.skills.set(Skill.objects.filter(code="R-INV"))
    return made


def _complete_draft_of(cast: Cast, number: int) -> Case:
    """A complete draft of an enterprise of its own, whose signing task is done."""
    user = User.objects.create_user(f"e{number}", f"e{number}@example.invalid", "x", name="申请人", phone="13800000000")
    enterprise, _ = accounts.sign_up_enterprise(user=user, name_zh=f"企业{number}", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=enterprise, approve=True, by=cast.shen, now=NOW)
    case = cases.begin_case(enterprise=enterprise, procedure=cast.procedure, by=user, now=NOW)
    sha256 = case.agreement.document.sha256
    agreements.sign_for_enterprise(case, sha256=sha256, by=user, now=NOW, evidence=Evidence())
    task = cast.task(case, "SIGN")
    task = tasks.claim_task(task, by=task.assignee.user, now=NOW)
    agreements.sign_for_park(task, sha256=sha256, by=task.assignee.user, now=NOW, evidence=Evidence())
    cases.save_answers(case, ANSWERS, now=NOW)
    for requirement in case.procedure.requirements.filter(condition__isnull=True):
        materials.hand_in(case, requirement, pdf(), by=user, now=NOW)
    return case
