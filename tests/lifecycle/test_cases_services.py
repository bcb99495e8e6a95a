"""Beginning and submitting cases: what may be begun, and what a submission sets aside."""

from pathlib import Path

import pytest
from django.db import IntegrityError, InternalError, transaction

from lifecycle.enums import CaseState, TaskState, Verdict
from lifecycle.models import Case, MaterialVersion, Node, Procedure, ServiceStandard, Signature, Task
from lifecycle.services import cases, materials, review, tasks
from lifecycle.services.errors import CaseMoved
from park.events.models import Event
from profiles.services.documents import FileRefused
from tests.api.callers import Caller
from tests.cast import NOW, USCC, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_registration_is_not_begun_again_while_one_is_under_way(cast: Cast):
    case = cast.submitted()
    with pytest.raises(cases.AlreadyOpen) as refused:
        cases.begin_case(enterprise=cast.enterprise, procedure=cast.procedure, by=cast.chen, now=NOW)
    assert refused.value.case == case
    assert Case.objects.count() == 1


def test_second_application_leads_to_the_case_that_is_under_way(cast: Cast, client):
    case = cast.submitted()
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    response = client.post("/procedures/REG-01/begin/", follow=True)
    assert response.redirect_chain[-1][0] == f"/cases/{case.uid}/"
    Caller(cast.chen).post("/cases/", {"procedure": "REG-01"}, status=409)


@pytest.mark.parametrize("end", ["withdrawn", "rejected"])
def test_registration_may_be_begun_anew_once_the_first_has_ended(cast: Cast, end: str):
    task = cast.in_review()
    if end == "withdrawn":
        cases.withdraw_case(task.case, by=cast.chen, now=NOW)
    else:
        cases.reject_case(task, reason="经营范围不予登记", remedy="调整后可重新申请", by=task.assignee.user, now=NOW)
    again = cases.begin_case(enterprise=cast.enterprise, procedure=cast.procedure, by=cast.chen, now=NOW)
    assert again.state == CaseState.DRAFT


def test_stale_picture_of_the_enterprise_opens_no_second_registration(cast: Cast):
    stale = cast.enterprise
    assert stale.is_forming
    cast.completed()
    with pytest.raises(cases.NotForThisEnterprise):
        cases.begin_case(enterprise=stale, procedure=cast.procedure, by=cast.chen, now=NOW)


def needlessly_thick(cast: Cast) -> Case:
    """A submitted case with a material that its last answers do not call for."""
    case = cast.complete_draft()
    cases.save_answers(case, {"has_pre_approval_items": True}, now=NOW)
    materials.hand_in(case, cast.procedure.requirements.get(code="MAT-PREA"), pdf(), by=cast.chen, now=NOW)
    cases.save_answers(case, {"has_pre_approval_items": False}, now=NOW)
    return cases.submit_case(case, by=cast.chen, now=NOW)


def test_material_that_the_last_answers_do_not_call_for_needs_no_verdict(cast: Cast):
    case = needlessly_thick(cast)
    assert case.materials.get(requirement__code="MAT-PREA").verdict == Verdict.NOT_APPLICABLE


def test_correction_of_a_material_that_is_not_called_for_can_be_answered(cast: Cast, client):
    """The reviewer may send it back all the same; the page must offer the place to hand it in."""
    requirement = cast.procedure.requirements.get(code="MAT-PREA")
    task = cast.task(needlessly_thick(cast), "N2")
    task = tasks.claim_task(task, by=task.assignee.user, now=NOW)
    verdicts = {m.pk: (Verdict.ACCEPTED, "") for m in task.case.materials.all()}
    verdicts[task.case.materials.get(requirement=requirement).pk] = (Verdict.CORRECTION, "请补章。")
    review.set_verdicts(task, verdicts, by=task.assignee.user, now=NOW)
    review.issue_correction(task, by=task.assignee.user, now=NOW)
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    page = client.get(f"/cases/{task.case.uid}/")
    assert [item.row.requirement for item in page.context["todo"].items] == [requirement]
    materials.hand_in(task.case, requirement, pdf(), by=cast.chen, now=NOW)
    assert review.answer_correction(task.case, by=cast.chen, now=NOW).state == CaseState.SUBMITTED


def test_version_of_the_very_instant_of_the_notice_counts_by_its_number(cast: Cast):
    case = cast.in_correction(NOW)
    item = case.correction.items.get()
    assert item.found_wrong == 1
    materials.hand_in(case, item.material.requirement, pdf(), by=cast.chen, now=NOW)
    review.answer_correction(case, by=cast.chen, now=NOW)


def test_material_takes_twenty_versions_and_no_more(cast: Cast, settings):
    case, requirement = cast.signed(), cast.procedure.requirements.get(code="MAT-ART")
    media = Path(settings.MEDIA_ROOT)
    for _ in range(materials.MAX_VERSIONS):
        materials.hand_in(case, requirement, pdf(), by=cast.chen, now=NOW)
    files = sum(path.is_file() for path in media.rglob("*"))
    with pytest.raises(FileRefused):
        materials.hand_in(case, requirement, pdf(), by=cast.chen, now=NOW)
    assert case.materials.get().versions.count() == materials.MAX_VERSIONS
    assert sum(path.is_file() for path in media.rglob("*")) == files  # nothing is left of what was refused


def test_files_of_a_case_have_a_limit_together(cast: Cast, settings):
    case, requirement = cast.signed(), cast.procedure.requirements.get(code="MAT-ART")
    settings.UPLOAD_MAX_BYTES_PER_CASE = len(pdf().read()) + 10
    materials.hand_in(case, requirement, pdf(), by=cast.chen, now=NOW)
    with pytest.raises(FileRefused):
        materials.hand_in(case, requirement, pdf(), by=cast.chen, now=NOW)


def test_disk_without_room_is_said_beside_the_material_and_keeps_the_rest(cast: Cast, client, settings):
    case = cast.complete_draft()
    requirement = case.procedure.requirements.get(code="MAT-ART")
    settings.MEDIA_ROOT = "/dev/full/nowhere"  # every write there ends in an OSError
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    response = client.post(f"/cases/{case.uid}/materials/{requirement.pk}/", {"file": pdf("章程.pdf")})
    assert response.status_code == 422
    row = next(row for row in response.context["rows"] if row.requirement == requirement)
    assert row.error
    assert row.version.number == 1


def test_every_verdict_is_in_the_log_for_good(cast: Cast):
    task = cast.in_review()
    pk = task.case.materials.order_by("pk").first().pk
    review.set_verdicts(task, {pk: (Verdict.CORRECTION, "缺页")}, by=task.assignee.user, now=NOW)
    review.set_verdicts(task, {pk: (Verdict.CORRECTION, "缺页")}, by=task.assignee.user, now=NOW)
    event = Event.objects.get(kind="material.judged")
    assert (event.actor_id, event.is_internal) == (task.assignee.user_id, True)
    assert [(row["verdict"], row["note"]) for row in event.data["verdicts"]] == [("correction", "缺页")]


def refused_by_the_database(act) -> None:
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        act()


def test_database_refuses_moves_that_the_map_does_not_have(cast: Cast):
    case = cast.submitted()
    for state in (CaseState.DRAFT, CaseState.COMPLETED, CaseState.IN_PROGRESS):
        refused_by_the_database(lambda state=state: Case.objects.filter(pk=case.pk).update(state=state, closed_at=None))
    task = cast.task(case, "N2")
    for state in (TaskState.DONE, TaskState.RETURNED):
        refused_by_the_database(lambda state=state: Task.objects.filter(pk=task.pk).update(state=state, done_at=None))


def test_database_keeps_versions_and_signatures_as_they_are(cast: Cast):
    cast.submitted()
    refused_by_the_database(lambda: MaterialVersion.objects.update(number=9))
    refused_by_the_database(lambda: MaterialVersion.objects.all().delete())
    refused_by_the_database(lambda: Signature.objects.update(signer_name="别人"))
    refused_by_the_database(lambda: Signature.objects.all().delete())


def test_database_keeps_a_published_standard_as_it_is(cast: Cast):
    node = cast.procedure.nodes.first()
    refused_by_the_database(lambda: Node.objects.filter(pk=node.pk).update(amount=99))
    refused_by_the_database(lambda: cast.procedure.requirements.all().delete())
    refused_by_the_database(lambda: cast.procedure.requirements.create(code="X", name_zh="x", name_en="x", order=99))
    refused_by_the_database(
        lambda: Procedure.objects.create(standard=cast.procedure.standard, code="X", name_zh="x", name_en="x")
    )
    refused_by_the_database(lambda: ServiceStandard.objects.update(state="draft"))


def test_item_that_is_settled_cannot_be_ticked_from_an_old_tab(cast: Cast, client):
    case = cast.in_correction()
    item = case.correction.items.get()
    materials.hand_in(case, item.material.requirement, pdf(), by=cast.chen, now=NOW)
    case = review.answer_correction(case, by=cast.chen, now=NOW)
    task = cast.task(case, "N2")
    review.set_verdicts(
        task, {m.pk: (Verdict.ACCEPTED, "") for m in case.materials.all()}, by=task.assignee.user, now=NOW
    )
    review.pass_review(task, by=task.assignee.user, now=NOW)
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    assert client.post(f"/cases/{case.uid}/corrections/{item.pk}/tick/", {"done": "0"}).status_code == 302


def test_company_that_has_its_licence_submits_no_second_registration(cast: Cast):
    draft = cast.complete_draft()
    type(cast.enterprise).objects.filter(pk=draft.enterprise_id).update(is_forming=False, uscc=USCC)
    with pytest.raises(CaseMoved):
        cases.submit_case(draft, by=cast.chen, now=NOW)
