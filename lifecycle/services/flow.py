"""The graph of a case: open what is ready, give it to somebody, run its clocks, and go on when it is done."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from lifecycle.enums import CaseState, ConsultationState, OpensOn, TaskState, Work
from lifecycle.models import Case, CaseMilestone, Consultation, Milestone, Task, TeamMember
from lifecycle.models.standard import Node
from lifecycle.selectors.situation import Situation
from lifecycle.stages import OPEN_TASK, PASSED_TASK
from park.accounts.models import User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.enums import ClockState, PauseReason
from park.deadlines.models import Clock
from park.deadlines.workdays import Limit, local_day
from park.events import services as events
from park.team import reasons
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import Department, Specialist
from park.team.services import assignment
from profiles.models import Need
from profiles.selectors.key import is_key_enterprise
from profiles.services.needs import satisfy_need

WORK, EXPERT, CONSULTATION = "task", "expert", "consultation"
# What can be waited for without anybody of the park having something to do.
OUTSIDE = (
    PauseReason.AWAIT_APPLICANT_CONFIRM,
    PauseReason.AWAIT_EXTERNAL_AUTHORITY,
    PauseReason.PUBLICITY_PERIOD,
    PauseReason.APPLICANT_SCHEDULE,
)


def record(
    kind: str,
    case: Case,
    *,
    by: User | None,
    now: datetime,
    subject: Any = None,
    internal: bool = False,
    **data: Any,
) -> None:
    """Record an event on the timeline of a case, with what every reader of it needs."""
    events.record(
        kind,
        subject=subject or case,
        by=by,
        at=now,
        enterprise_id=case.enterprise_id,
        thread=case.thread,
        internal=internal,
        case=case.pk,
        uid=str(case.uid),
        reference=case.reference or "",
        **data,
    )


def create_tasks(case: Case) -> None:
    """Every node of the procedure becomes a task that waits, so that the enterprise sees the whole way from the start."""
    nodes = case.procedure.nodes.all()
    Task.objects.bulk_create(Task(case=case, node=node, department_id=node.department_id) for node in nodes)


def begin(case: Case, *, by: User, now: datetime) -> None:
    """The case is handed in: promises that run from here begin, and its first tasks open."""
    for milestone in case.procedure.milestones.filter(after__isnull=True):
        _start_milestone(milestone, case, by=by, now=now)
    open_ready(case, by=by, now=now)


def open_ready(case: Case, *, by: User, now: datetime) -> None:
    """Open every waiting task whose predecessors are done and whose opening event has happened.

    One that the standard asks for only on a condition that is not met is passed over, which counts as done; what is not known
    is not passed over. When nothing is left to be done, the case is completed.
    """
    tasks = {t.node_id: t for t in case.tasks.select_related("node__department", "node__skill").order_by("node__order")}
    before = _predecessors(case)
    situation, today = Situation(case), local_day(now)
    ready: list[Task] = []
    for task in _in_order(tasks, before):
        passed = all(tasks[node].state in PASSED_TASK for node in before[task.node_id])
        if task.state != TaskState.WAITING or not passed or not _has_opened(task, case):
            continue
        if situation.holds(task.node.condition, today) is False:
            task.state = TaskState.SKIPPED
            task.save(update_fields=["state"])
            record("task.skipped", case, by=by, now=now, subject=task, **names(task.node))
            _end_promises(task, case, by=by, now=now)
        else:
            ready.append(task)
    if len(ready) > 1:
        assignment.hold_departments(task.department_id for task in ready if task.department_id)
    for task in ready:
        _open(task, case, by=by, now=now)
    if case.submitted_at and all(task.state in PASSED_TASK for task in tasks.values()):
        done = [task for task in tasks.values() if task.done_at]
        complete(case, max(done, key=lambda task: (task.done_at, task.node.order)), by=by, now=now)
    else:
        _wait_with_the_enterprise(case, [t for t in tasks.values() if t.state in OPEN_TASK], by=by, now=now)


def complete(case: Case, last: Task, *, by: User, now: datetime) -> None:
    """Every step is done, `last` the last of them: the case has reached its goal, and the promises that end with it are kept or
    not. Where the licence is what it ends with, the event says its number."""
    for clock in open_clocks(case):
        clocks.stop(clock, by=by, now=now)
    for state in _way_to_completion(case.state):
        case.state = state
        if state == CaseState.COMPLETED:
            case.closed_at = now
        case.save(update_fields=["state", "closed_at"])
    _end_team(case, by=by, now=now)
    satisfy_needs(case, by=by, now=now)
    licence: dict[str, Any] = {"number": "", "result_on": ""}
    if last.node.work == Work.RESULT and case.result_on:
        licence = {"number": case.result_number, "result_on": case.result_on.isoformat()}
    record("case.completed", case, by=by, now=now, **licence)


def request_for(task: Task, now: datetime) -> Request:
    """Whom a task asks for."""
    is_key = is_key_enterprise(task.case.enterprise_id)
    return request_on(task, deadlines.first_working_day(now), is_key=is_key)


def request_on(task: Task, on: date, *, is_key: bool) -> Request:
    department, skill = task.node.place
    return Request(
        kind=WORK,
        number=task.pk,
        department=department.pk,
        on=on,
        skills=(skill.pk,),
        is_key=is_key,
        clock=task.clock_id,
    )


def assign(task: Task, case: Case, *, now: datetime, by: User | None = None) -> Specialist | None:
    """Give a task to whom the rules choose (`park.team.services.assignment.assign`), and keep the reason with it."""
    decision = assignment.assign(request_for(task, now), now=now)
    person = decision.specialist
    if person is None:
        lacking = reasons.lacking(decision.considered)
        words = names(task.node)
        record("task.unassigned", case, by=by, now=now, subject=task, internal=True, lacking=lacking, **words)
        return None
    department, _skill = task.node.place
    own = next(row for row in decision.considered if row["pk"] == person.pk)
    reason = {"rule": decision.ground, "open_load": own["open_load"], "candidates": decision.suitable}
    give(task, case, person, now=now, reason=reason)
    record(
        "task.assigned",
        case,
        by=by,
        now=now,
        subject=task,
        to=person.user.get_full_name(),
        to_user=person.user_id,
        department_zh=department.name_zh,
        department_en=department.name_en,
        **reason,
        **names(task.node),
    )
    return person


def give(task: Task, case: Case, person: Specialist, *, now: datetime, reason: dict[str, Any]) -> None:
    """Put a task into somebody's hands, and its clocks with it. The enterprise's dates stay what they are.

    The lead of a case is whoever of the department that began it was given its latest task: the one the enterprise deals
    with, who answers for the promises that span tasks.
    """
    task.assignee, task.assignment, task.assigned_at = person, reason, now
    task.save(update_fields=["assignee", "assignment", "assigned_at"])
    if case.lead is None or (case.lead_id != person.pk and case.lead.department_id == person.department_id):
        case.lead = person
        case.save(update_fields=["lead"])
        for clock in milestone_clocks(case):
            clocks.hand_over(clock, responsible=person, lead=person, by=None, now=now)
        _follow_lead(case, person, now=now)
    if task.clock and task.clock.is_open:
        clocks.hand_over(task.clock, responsible=person, lead=case.lead, by=None, now=now)


def finish(task: Task, case: Case, *, by: User, now: datetime, note: str = "") -> None:
    """The task is done: its clock stops, promises that end here are kept or not, and what follows opens."""
    # a step of the enterprise's own, or the first of a case without a review, is the first that is done for it
    if case.state == CaseState.SUBMITTED and not case.tasks.filter(node__work=Work.REVIEW).exists():
        accept(case)
    task.state, task.done_at, task.done_by, task.note = TaskState.DONE, now, by, note
    task.save(update_fields=["state", "done_at", "done_by", "note"])
    put_down([task.pk])
    if task.clock and task.clock.is_open:
        clocks.stop(task.clock, by=by, now=now)
    for row in case.milestones.filter(milestone__until=task.node_id).select_related("clock"):
        if row.clock.is_open:
            clocks.stop(row.clock, by=by, now=now)
    for milestone in Milestone.objects.filter(after=task.node_id):
        _start_milestone(milestone, case, by=by, now=now)
    # a rating will be asked for by whoever reads this event
    record("task.done", case, by=by, now=now, subject=task, note=note, work=task.node.work, **names(task.node))
    open_ready(case, by=by, now=now)


def satisfy_needs(case: Case, *, by: User, now: datetime) -> None:
    """The open needs of a completed case are satisfied by it. To be called in the transaction that completes it."""
    by_what = f"{case.procedure.name_zh} / {case.procedure.name_en} {case.reference or ''}".strip()
    for need in Need.objects.open().filter(case_needs__case=case).order_by("pk"):
        satisfy_need(need, by_what=by_what[:300], by=by, now=now)


def pause_clocks(task: Task, case: Case, *, reason: PauseReason, by: User, now: datetime) -> None:
    """All clocks of the case stand still, if the standard lists the reason for this node; else they run on."""
    if reason not in task.node.pause_reasons:
        return
    for clock in open_clocks(case):
        if clock.state == "running":
            clocks.pause(clock, reason=reason, by=by, now=now)


def resume_clocks(case: Case, *, by: User, now: datetime) -> None:
    for clock in open_clocks(case):
        if clock.state == "paused":
            clocks.resume(clock, by=by, now=now)


def close(case: Case, state: CaseState, *, by: User, now: datetime) -> None:
    """End a case before its goal: open tasks are cancelled and its clocks with them."""
    for clock in open_clocks(case):
        clocks.cancel(clock, by=by, now=now)
    open_tasks = case.tasks.filter(state__in=[*OPEN_TASK, TaskState.WAITING])
    put_down(list(open_tasks.values_list("pk", flat=True)))
    open_tasks.update(state=TaskState.CANCELLED)
    case.state, case.closed_at = state, now
    case.save()
    _end_team(case, by=by, now=now)


def put_down(tasks: Collection[int]) -> None:
    """These tasks are no load of anybody any more."""
    assignment.release(WORK, tasks)


def open_clocks(case: Case) -> list[Clock]:
    """The clocks of a case that still run or stand still, in a fixed order."""
    return list(
        Clock.objects.open().filter(Q(task__case=case) | Q(case_milestone__case=case)).distinct().order_by("pk")
    )


def milestone_clocks(case: Case) -> list[Clock]:
    return [row.clock for row in case.milestones.select_related("clock") if row.clock.is_open]


def accept(case: Case) -> None:
    """A case that needs no review is accepted as soon as somebody takes it up."""
    for state in (CaseState.ACCEPTED, CaseState.IN_PROGRESS):
        case.state = state
        case.save(update_fields=["state"])


def end_consultation(consultation: Consultation, state: ConsultationState, *, by: User, now: datetime) -> None:
    """A question that nobody answers any more: its clock is cancelled, not judged."""
    consultation.state, consultation.ended_at = state, now
    consultation.save(update_fields=["state", "ended_at"])
    assignment.release(CONSULTATION, [consultation.pk])
    if consultation.clock and consultation.clock.is_open:
        clocks.cancel(consultation.clock, by=by, now=now)


def _end_team(case: Case, *, by: User, now: datetime) -> None:
    """The case is closed: its experts wait for no more questions, and what is open ends with it. Who they were stays."""
    members = TeamMember.objects.current().filter(team__case=case, specialist__isnull=False)
    assignment.release(EXPERT, list(members.values_list("pk", flat=True)))
    for consultation in _open_consultations(case):
        end_consultation(consultation, ConsultationState.LAPSED, by=by, now=now)
        record("consultation.lapsed", case, by=by, now=now, subject=consultation, internal=True)


def _follow_lead(case: Case, lead: Specialist, *, now: datetime) -> None:
    """The lead of a case answers for its questions too, and answers those that were put to the lead."""
    for consultation in _open_consultations(case):
        to = consultation.specialist if consultation.skill_id else lead
        if to.pk != consultation.specialist_id:
            consultation.specialist = to
            consultation.save(update_fields=["specialist"])
            held = Request(CONSULTATION, consultation.pk, to.department_id, local_day(now), clock=consultation.clock_id)
            assignment.transfer(held, to=to, now=now, by=None, ground=Ground.LOOKS_AFTER)
        if consultation.clock and consultation.clock.is_open:
            clocks.hand_over(consultation.clock, responsible=to, lead=lead, department=to.department, by=None, now=now)


def _open_consultations(case: Case) -> list[Consultation]:
    found = Consultation.objects.open().filter(team__case=case).select_related("specialist__department", "clock")
    return list(found.order_by("pk"))


def _end_promises(task: Task, case: Case, *, by: User, now: datetime) -> None:
    """A promise that would have ended with a step that is passed over has nothing to be kept by."""
    for row in case.milestones.filter(milestone__until=task.node_id).select_related("clock"):
        if row.clock.is_open:
            clocks.cancel(row.clock, by=by, now=now)


def _way_to_completion(state: str) -> list[CaseState]:
    way = [CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.COMPLETED]
    return way[way.index(CaseState(state)) + 1 :]


def _predecessors(case: Case) -> dict[int, set[int]]:
    """The nodes before each node of the case."""
    found: dict[int, set[int]] = defaultdict(set)
    through = Node.predecessors.through.objects.filter(from_node__procedure=case.procedure_id)
    for node, before in through.values_list("from_node_id", "to_node_id"):
        found[node].add(before)
    return found


def _in_order(tasks: dict[int, Task], before: dict[int, set[int]]) -> Iterator[Task]:
    """Each task after those before it, whatever their numbers are."""
    given: set[int] = set()
    left = dict(tasks)
    while left:
        next_ones = [node for node in left if before[node] <= given]
        for node in next_ones:
            given.add(node)
            yield left.pop(node)


def _wait_with_the_enterprise(case: Case, open_tasks: Sequence[Task], *, by: User, now: datetime) -> None:
    """While every open step is the enterprise's own, or an outside body's without a promise, what spans steps stands still.

    Only for a reason that the standard lists for each of them; it runs on as soon as the park has something to do.
    """
    reasons = [_outside_reason(task.node) for task in open_tasks]
    reason = reasons[0] if reasons and all(reasons) else None
    for clock in milestone_clocks(case):
        if reason and clock.state == ClockState.RUNNING:
            clocks.pause(clock, reason=reason, by=by, now=now)
        elif not reason and clock.state == ClockState.PAUSED and _paused_for(clock) in OUTSIDE:
            clocks.resume(clock, by=by, now=now)


def _outside_reason(node: Node) -> PauseReason | None:
    """For what the promises of a case stand still while this node is all that is open."""
    if node.amount is not None and node.work != Work.ENTERPRISE:
        return None
    return next((PauseReason(reason) for reason in node.pause_reasons if reason in OUTSIDE), None)


def _paused_for(clock: Clock) -> str:
    return clock.pauses.filter(ended_at__isnull=True).values_list("reason", flat=True).first() or ""


def _has_opened(task: Task, case: Case) -> bool:
    if task.node.opens_on == OpensOn.SUBMISSION:
        return case.submitted_at is not None
    if task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE:
        return case.agreement.signatures.filter(party="enterprise").exists()
    return True


def _open(task: Task, case: Case, *, by: User | None, now: datetime) -> None:
    task.state, task.ready_at = TaskState.READY, now
    node = task.node
    if node.work == Work.ENTERPRISE:
        task.save(update_fields=["state", "ready_at"])
        record("task.yours", case, by=by, now=now, subject=task, **names(node))
        return
    if node.amount and node.department:
        task.clock = clocks.start(
            clocks.Rule(
                kind=node.timed_as(case.procedure.code),
                label_zh=node.name_zh,
                label_en=node.name_en,
                limit=Limit(node.amount, node.unit),
                stage=case.procedure.stage,
                procedure=case.procedure.code,
                standard_version=case.procedure.standard_id,
            ),
            now=now,
            thread=case.thread,
            department=node.department,
            lead=case.lead,
            enterprise=case.enterprise,
            path=f"/desk/tasks/{task.pk}/",
            enterprise_path=f"/cases/{case.uid}/",
            by=by,
        )
    task.save(update_fields=["state", "ready_at", "clock"])
    assign(task, case, now=now)


def _start_milestone(milestone: Milestone, case: Case, *, by: User, now: datetime) -> None:
    clock = clocks.start(
        clocks.Rule(
            kind=milestone.kind,
            label_zh=milestone.name_zh,
            label_en=milestone.name_en,
            limit=Limit(milestone.amount, milestone.unit),
            stage=case.procedure.stage,
            procedure=case.procedure.code,
            standard_version=case.procedure.standard_id,
        ),
        now=now,
        thread=case.thread,
        department=_department_of(milestone, case),
        responsible=case.lead,
        lead=case.lead,
        enterprise=case.enterprise,
        path=f"/desk/cases/{case.uid}/",
        enterprise_path=f"/cases/{case.uid}/",
        by=by,
    )
    CaseMilestone.objects.create(case=case, milestone=milestone, clock=clock)


def _department_of(milestone: Milestone, case: Case) -> Department:
    """Who answers for a promise that spans steps: the department of the node it follows, else of the first of the park's."""
    if milestone.after and milestone.after.department:
        return milestone.after.department
    first = case.procedure.nodes.filter(department__isnull=False).select_related("department").order_by("order").first()
    if first is None or first.department is None:
        raise LookupError(f"{case.procedure} has no step of the park's")
    return first.department


def names(node: Node) -> dict[str, Any]:
    return {"node_code": node.code, "node_zh": node.name_zh, "node_en": node.name_en}
