"""The review of materials: a verdict on each, one correction notice for all, and the enterprise's answer to it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lifecycle.enums import CaseState, TaskState, Verdict, Work
from lifecycle.models import Case, CorrectionItem, CorrectionNotice, Material, Task
from lifecycle.services import flow, steps
from lifecycle.services.errors import CaseMoved, Incomplete, Missing, VerdictsMissing
from lifecycle.services.holding import hold_case
from lifecycle.services.tasks import in_my_hands
from park.accounts.models import User
from park.deadlines.enums import PauseReason


@transaction.atomic
def set_verdicts(task: Task, verdicts: Mapping[int, tuple[str, str]], *, by: User, now: datetime) -> None:
    """Keep verdicts and what is to be corrected, by the material's number: `{pk: (verdict, text)}`.

    Nothing is sent to the enterprise. Numbers that are not of this case are refused with CaseMoved.
    """
    held = in_my_hands(task, Work.REVIEW, by=by)
    own = Material.objects.select_for_update(of=["self"]).select_related("requirement").filter(case=held.case)
    materials = {material.pk: material for material in own.filter(pk__in=verdicts)}
    if len(materials) != len(verdicts):
        raise CaseMoved(task)
    changed = [m for m in materials.values() if (m.verdict, m.verdict_note) != (verdicts[m.pk][0], verdicts[m.pk][1])]
    for material in changed:
        material.verdict, material.verdict_note = Verdict(verdicts[material.pk][0]), verdicts[material.pk][1]
        material.verdict_by, material.verdict_at = by, now
    if changed:
        Material.objects.bulk_update(changed, ["verdict", "verdict_note", "verdict_by", "verdict_at"])
        judged = [{"material": m.requirement.code, "verdict": m.verdict, "note": m.verdict_note} for m in changed]
        steps.record("material.judged", held.case, by=by, now=now, subject=held, internal=True, verdicts=judged)


@transaction.atomic
def issue_correction(task: Task, *, by: User, now: datetime) -> CorrectionNotice:
    """Tell the enterprise everything at once (一次性告知): all materials with the verdict "to be corrected".

    The case waits for the enterprise and all its clocks stand still. Raises VerdictsMissing when a material has no
    verdict, a correction has no text, none is to be corrected, or the one notice of this case did not name it.
    """
    held = in_my_hands(task, Work.REVIEW, by=by)
    case = hold_case(held.case, CaseState.SUBMITTED)
    wrong = _to_correct(case)
    notice = CorrectionNotice.objects.filter(case=case).first()
    if notice:
        _keep_to_notice(notice, wrong)
        for material in wrong:
            notice.items.filter(material=material).update(
                text=material.verdict_note, found_wrong=_last_number(material), done_at=None
            )
        notice.items.exclude(material__in=wrong).filter(settled_at__isnull=True).update(settled_at=now)
        notice.issued_at, notice.answered_at = now, None
        notice.save()
    else:
        notice = CorrectionNotice.objects.create(case=case, task=held, issued_by=by, issued_at=now)
        CorrectionItem.objects.bulk_create(
            CorrectionItem(
                notice=notice, material=material, text=material.verdict_note, found_wrong=_last_number(material)
            )
            for material in wrong
        )
    held.state = TaskState.RETURNED
    held.save(update_fields=["state"])
    case.state = CaseState.CORRECTION
    case.save(update_fields=["state"])
    flow.pause_clocks(held, case, reason=PauseReason.AWAIT_SUPPLEMENT, by=by, now=now)
    steps.record("correction.issued", case, by=by, now=now, subject=notice, items=len(wrong))
    return notice


@transaction.atomic
def tick_item(case: Case, item: CorrectionItem, *, done: bool, by: User, now: datetime) -> None:
    """The enterprise ticks an item off, or takes the tick back. Ticking needs a version handed in since the notice."""
    held = hold_case(case, CaseState.CORRECTION)
    open_items = CorrectionItem.objects.filter(notice__case=held, settled_at__isnull=True)
    fresh = open_items.select_related("notice", "material__requirement").filter(pk=item.pk).first()
    if fresh is None:
        raise CaseMoved(case)  # a tab left open: this one is settled
    if done and not _has_new_version(fresh):
        raise Incomplete([_not_handed_in(fresh)])
    fresh.done_at = now if done else None
    fresh.save(update_fields=["done_at"])
    steps.record("correction.ticked", held, by=by, now=now, subject=fresh, done=done)


@transaction.atomic
def answer_correction(case: Case, *, by: User, now: datetime) -> Case:
    """The enterprise hands its corrections in: the clocks run on and the task is back with the specialist.

    Raises Incomplete with every item that is not ticked off, CaseMoved when no correction is open.
    """
    held = hold_case(case, CaseState.CORRECTION)
    notice = CorrectionNotice.objects.select_for_update(of=["self"]).select_related("task").get(case=held)
    items = list(notice.items.filter(settled_at__isnull=True).select_related("notice", "material__requirement"))
    gaps = [_not_handed_in(item) for item in items if item.done_at is None or not _has_new_version(item)]
    if gaps:
        raise Incomplete(gaps)
    Material.objects.filter(pk__in=[item.material_id for item in items]).update(
        verdict=Verdict.PENDING, verdict_note="", verdict_by=None, verdict_at=None
    )
    notice.answered_at = now
    notice.save(update_fields=["answered_at"])
    held.state = CaseState.SUBMITTED
    held.save(update_fields=["state"])
    Task.objects.filter(pk=notice.task_id, state=TaskState.RETURNED).update(state=TaskState.CLAIMED)
    flow.resume_clocks(held, by=by, now=now)
    steps.record("correction.answered", held, by=by, now=now, subject=notice, items=len(items))
    return held


@transaction.atomic
def pass_review(task: Task, *, by: User, now: datetime, note: str = "") -> Case:
    """All materials are in order: the case is accepted and goes on. Raises VerdictsMissing if one is not."""
    held = in_my_hands(task, Work.REVIEW, by=by)
    case = hold_case(held.case, CaseState.SUBMITTED)
    fine = {Verdict.ACCEPTED, Verdict.NOT_APPLICABLE}
    open_ones = [m for m in _materials(case) if m.verdict not in fine]
    if open_ones:
        raise VerdictsMissing([_("%(what)s: not accepted") % {"what": m.requirement.name} for m in open_ones])
    CorrectionItem.objects.filter(notice__case=case, settled_at__isnull=True).update(settled_at=now)
    case.state = CaseState.ACCEPTED
    case.save(update_fields=["state"])
    steps.record("case.accepted", case, by=by, now=now)
    flow.finish(held, case, by=by, now=now, note=note)
    return case


def _materials(case: Case) -> list[Material]:
    return list(case.materials.select_related("requirement").order_by("requirement__order"))


def _to_correct(case: Case) -> list[Material]:
    problems, wrong = [], []
    for material in _materials(case):
        if material.verdict == Verdict.PENDING:
            problems.append(_("%(what)s: no verdict yet") % {"what": material.requirement.name})
        elif material.verdict == Verdict.CORRECTION:
            wrong.append(material)
            if not material.verdict_note.strip():
                problems.append(_("%(what)s: please say what is to be corrected") % {"what": material.requirement.name})
    if not wrong:
        problems.append(_("No material is marked as to be corrected."))
    if problems:
        raise VerdictsMissing(problems)
    return wrong


def _keep_to_notice(notice: CorrectionNotice, wrong: list[Material]) -> None:
    """A case is told once what to correct; later only what it was told and has not put right can be sent back."""
    named = set(notice.items.filter(settled_at__isnull=True).values_list("material_id", flat=True))
    new = [material for material in wrong if material.pk not in named]
    if new:
        raise VerdictsMissing(
            [
                _("%(what)s: the notice of this case did not name it, and there is only one")
                % {"what": m.requirement.name}
                for m in new
            ]
        )


def _has_new_version(item: CorrectionItem) -> bool:
    return _last_number(item.material) > item.found_wrong


def _last_number(material: Material) -> int:
    return material.versions.aggregate(last=Max("number"))["last"] or 0


def _not_handed_in(item: CorrectionItem) -> Missing:
    name = item.material.requirement.name
    return Missing("item", "corrections", f"item-{item.pk}", _("%(what)s: not corrected yet") % {"what": name})
