"""The graph of a case: open what is ready, give it to somebody, run its clocks, and go on when it is done."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property, reduce
from typing import Any

from django.db import connection
from django.db.models import Q

from lifecycle.enums import CaseState, ConsultationState, OpensOn, TaskState, Work
from lifecycle.models import Case, CaseMilestone, Consultation, Milestone, Task, TeamMember
from lifecycle.models.standard import Node
from lifecycle.selectors.graph import Graph, graph_of
from lifecycle.selectors.situation import Situation
from lifecycle.stages import OPEN_TASK, PASSED_TASK
from park.accounts.models import User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.enums import ClockState, PauseReason
from park.deadlines.models import Clock
from park.deadlines.workdays import Calendar, Limit, local_day
from park.events import services as events
from park.runtime.statements import Statement
from park.team import reasons
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import AssignmentDecision, Specialist
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


class Step:
    """One step forward of a case whose row is held: what its parts need, each fetched once."""

    def __init__(self, case: Case, *, by: User, now: datetime) -> None:
        self.case, self.by, self.now = case, by, now
        self.done: list[Task] = []  # to be written down with what opens

    @cached_property
    def graph(self) -> Graph:
        return graph_of(self.case.procedure_id, self.tasks)

    @cached_property
    def tasks(self) -> dict[int, Task]:
        """By the number of their node."""
        return {task.node_id: task for task in self.case.tasks.order_by("pk")}

    @cached_property
    def promises(self) -> list[CaseMilestone]:
        return list(self.case.milestones.select_related("clock").order_by("pk"))

    @cached_property
    def calendar(self) -> Calendar:
        return deadlines.calendar()

    def record(self, kind: str, **data: Any) -> None:
        record(kind, self.case, by=self.by, now=self.now, **data)


def create_tasks(case: Case) -> None:
    """Every node of the procedure becomes a task that waits, so that the enterprise sees the whole way from the start."""
    nodes = case.procedure.nodes.all()
    Task.objects.bulk_create(Task(case=case, node=node, department_id=node.department_id) for node in nodes)


def begin(case: Case, *, by: User, now: datetime) -> None:
    """The case is handed in: promises that run from here begin, and its first tasks open."""
    with events.together():
        step = Step(case, by=by, now=now)
        _begin_promises(step, after=None)
        _open_ready(step)


def open_ready(case: Case, *, by: User, now: datetime) -> None:
    """Open every waiting task whose predecessors are done and whose opening event has happened.

    One that the standard asks for only on a condition that is not met is passed over, which counts as done; what is not known
    is not passed over. When nothing is left to be done, the case is completed.
    """
    with events.together():
        _open_ready(Step(case, by=by, now=now))


def _open_ready(step: Step) -> None:
    case, tasks = step.case, step.tasks
    situation, today = Situation(case), local_day(step.now)
    ready: list[Task] = []
    skipped: list[Task] = []
    for number, node in step.graph.nodes.items():
        task = tasks[number]
        task.node = node
        passed = all(tasks[before].state in PASSED_TASK for before in step.graph.before[number])
        if task.state != TaskState.WAITING or not passed or not _has_opened(task, case):
            continue
        if situation.holds(node.condition, today) is False:
            task.state = TaskState.SKIPPED
            skipped.append(task)
        else:
            ready.append(task)
    _skip(step, skipped)
    _open(step, ready)
    if case.submitted_at and all(task.state in PASSED_TASK for task in tasks.values()):
        done = [task for task in tasks.values() if task.done_at]
        complete(case, max(done, key=lambda task: (task.done_at, task.node.order)), by=step.by, now=step.now)
    else:
        _wait_with_the_enterprise(step, [t for t in tasks.values() if t.state in OPEN_TASK])


def complete(case: Case, last: Task, *, by: User, now: datetime) -> None:
    """Every step is done, `last` the last of them: the case has reached its goal, and the promises that end with it are kept or
    not. Where the licence is what it ends with, the event says its number."""
    clocks.stop_many(open_clocks(case), by=by, now=now)
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
    if task.node.department_id is None or task.node.skill_id is None:
        raise LookupError(f"{task.node} is the enterprise's own step")
    return Request(
        kind=WORK,
        number=task.pk,
        department=task.node.department_id,
        on=on,
        skills=(task.node.skill_id,),
        is_key=is_key,
        clock=task.clock_id,
    )


def give(task: Task, case: Case, person: Specialist, *, now: datetime, reason: dict[str, Any]) -> None:
    """Put a task into somebody's hands, and its clocks with it. The enterprise's dates stay what they are."""
    task.assignee, task.assignment, task.assigned_at = person, reason, now
    task.save(update_fields=["assignee", "assignment", "assigned_at"])
    lead = _lead_after(case.lead, person)
    handed = [clocks.Handover(task.clock.pk, person, lead=lead)] if task.clock and task.clock.is_open else []
    promises = case.milestones.select_related("clock").order_by("pk") if lead != case.lead else ()
    _lead_on(case, lead, promises, now=now, also=handed)


def _lead_after(lead: Specialist | None, person: Specialist | None) -> Specialist | None:
    """The lead of a case is whoever of the department that began it was given its latest task: the one the enterprise deals
    with, who answers for the promises that span tasks."""
    is_theirs = person is not None and (lead is None or lead.department_id == person.department_id)
    return person if is_theirs else lead


def _lead_on(
    case: Case,
    lead: Specialist | None,
    promises: Iterable[CaseMilestone],
    *,
    now: datetime,
    also: Iterable[clocks.Handover] = (),
) -> None:
    """Somebody leads the case from now on, or still: the promises are theirs to answer for. `also` is handed over with them."""
    handed = []
    if lead is not None and lead != case.lead:
        handed = [clocks.Handover(p.clock_id, lead, lead=lead) for p in promises if p.clock.is_open]
        case.lead = lead
        case.save(update_fields=["lead"])
        _follow_lead(case, lead, now=now)
    clocks.hand_over_many([*handed, *also], by=None, now=now)


def finish(task: Task, case: Case, *, by: User, now: datetime, note: str = "") -> None:
    """The task is done: its clock stops, promises that end here are kept or not, and what follows opens."""
    with events.together():
        step = Step(case, by=by, now=now)
        if task.beside:
            step.tasks, step.promises = task.beside.tasks, task.beside.promises
        _finish(step, task, note)


def _finish(step: Step, task: Task, note: str) -> None:
    # a step of the enterprise's own, or the first of a case without a review, is the first that is done for it
    if step.case.state == CaseState.SUBMITTED and not step.graph.is_reviewed:
        accept(step.case)
    task.state, task.done_at, task.done_by, task.note = TaskState.DONE, step.now, step.by, note
    step.done.append(task)
    step.tasks[task.node_id] = task
    put_down([task.pk])
    kept = [promise.clock for promise in step.promises if _ends_with(promise, task, step)]
    clocks.stop_many([clock for clock in (task.clock, *kept) if clock and clock.is_open], by=step.by, now=step.now)
    _begin_promises(step, after=task.node_id)
    # a rating will be asked for by whoever reads this event
    step.record("task.done", subject=task, note=note, work=task.node.work, **names(task.node))
    _open_ready(step)


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


def _ends_with(promise: CaseMilestone, task: Task, step: Step) -> bool:
    return any(one.pk == promise.milestone_id and one.until_id == task.node_id for one in step.graph.milestones)


def _way_to_completion(state: str) -> list[CaseState]:
    way = [CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.COMPLETED]
    return way[way.index(CaseState(state)) + 1 :]


def _wait_with_the_enterprise(step: Step, open_tasks: Sequence[Task]) -> None:
    """While every open step is the enterprise's own, or an outside body's without a promise, what spans steps stands still.

    Only for a reason that the standard lists for each of them; it runs on as soon as the park has something to do.
    """
    reasons = [_outside_reason(task.node) for task in open_tasks]
    reason = reasons[0] if reasons and all(reasons) else None
    for clock in (promise.clock for promise in step.promises):
        if reason and clock.state == ClockState.RUNNING:
            clocks.pause(clock, reason=reason, by=step.by, now=step.now)
        elif not reason and clock.state == ClockState.PAUSED and _paused_for(clock) in OUTSIDE:
            clocks.resume(clock, by=step.by, now=step.now)


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


def _skip(step: Step, tasks: Sequence[Task]) -> None:
    """Pass over these tasks. A promise that would have ended with one of them has nothing to be kept by."""
    if tasks:
        step.case.tasks.filter(pk__in=[task.pk for task in tasks]).update(state=TaskState.SKIPPED)
    for task in tasks:
        step.record("task.skipped", subject=task, **names(task.node))
        for promise in step.promises:
            if promise.clock.is_open and _ends_with(promise, task, step):
                clocks.cancel(promise.clock, by=step.by, now=step.now)


# By hand, since every step of every case ends here. What a statement of its own would say stays as it is where it is null.
WRITE = Statement(
    "write_tasks",
    """
UPDATE lifecycle_task t
SET state = wanted.state, ready_at = COALESCE(wanted.ready_at, t.ready_at), clock_id = COALESCE(wanted.clock, t.clock_id),
    assignee_id = COALESCE(wanted.assignee, t.assignee_id), assignment = wanted.assignment,
    assigned_at = COALESCE(wanted.assigned_at, t.assigned_at), done_at = wanted.done_at, done_by_id = wanted.done_by,
    note = wanted.note
FROM unnest(%(id)s::bigint[], %(state)s::text[], %(ready_at)s::timestamptz[], %(clock)s::bigint[], %(assignee)s::bigint[],
    %(assignment)s::jsonb[], %(assigned_at)s::timestamptz[], %(done_at)s::timestamptz[], %(done_by)s::bigint[],
    %(note)s::text[])
    wanted(id, state, ready_at, clock, assignee, assignment, assigned_at, done_at, done_by, note)
WHERE t.id = wanted.id
""",
)


def _write(tasks: Iterable[Task]) -> None:
    """Write down tasks that are done or that open, by one statement; their case is held."""
    written = list(tasks)
    if not written:
        return
    columns: dict[str, Any] = {
        "id": [task.pk for task in written],
        "state": [str(task.state) for task in written],
        "ready_at": [task.ready_at for task in written],
        "clock": [task.clock_id for task in written],
        "assignee": [task.assignee_id for task in written],
        "assignment": [json.dumps(task.assignment) for task in written],
        "assigned_at": [task.assigned_at for task in written],
        "done_at": [task.done_at for task in written],
        "done_by": [task.done_by_id for task in written],
        "note": [task.note for task in written],
    }
    with connection.cursor() as cursor:
        WRITE.execute(cursor, columns)


def _open(step: Step, tasks: Sequence[Task]) -> None:
    """These tasks are ready from now on: each is given to whom the rules choose, and its clock starts."""
    if not tasks:
        _write(step.done)
        return
    ours = [task for task in tasks if task.node.work != Work.ENTERPRISE]
    _start(step, [(task, None, step.case.lead) for task in tasks if task.node.work == Work.ENTERPRISE])
    decisions = _assign(step, ours)
    for task, decision in zip(ours, decisions, strict=True):
        if decision.specialist:
            task.assignee, task.assignment, task.assigned_at = decision.specialist, _reason(decision), step.now
    for task in tasks:
        task.state, task.ready_at = TaskState.READY, step.now
    _write([*step.done, *tasks])
    lead = reduce(_lead_after, [task.assignee for task in ours], step.case.lead)
    _lead_on(step.case, lead, step.promises, now=step.now)
    decided = {task.pk: decision for task, decision in zip(ours, decisions, strict=True)}
    for task in tasks:
        _tell_opened(step, task, decided.get(task.pk))


def _assign(step: Step, tasks: Sequence[Task]) -> list[AssignmentDecision]:
    """Each of these is somebody's, and their clocks start as theirs."""
    if not tasks:
        return []
    lead = step.case.lead

    def begin(chosen: Sequence[tuple[int, Specialist | None]]) -> list[int | None]:
        nonlocal lead
        given = []
        for place, person in chosen:
            lead = _lead_after(lead, person)
            given.append((tasks[place], person, lead))
        _start(step, given)
        return [tasks[place].clock_id for place, _person in chosen]

    is_key = is_key_enterprise(step.case.enterprise_id)
    on = deadlines.first_working_day(step.now, step.calendar)
    requests = [request_on(task, on, is_key=is_key) for task in tasks]
    return assignment.assign_many(requests, now=step.now, begin=begin)


def _start(step: Step, given: Iterable[tuple[Task, Specialist | None, Specialist | None]]) -> None:
    """The clocks of those of these tasks that have a limit start, each with whoever answers for it and the lead."""
    timed = [one for one in given if one[0].node.amount and one[0].node.department_id]
    begun = [_beginning(task, step.case, person, lead) for task, person, lead in timed]
    started = clocks.start_each(begun, by=step.by, now=step.now, calendar=step.calendar)
    for (task, _person, _lead), clock in zip(timed, started, strict=True):
        task.clock = clock


def _reason(decision: AssignmentDecision) -> dict[str, Any]:
    """Why it is this person, as it is kept with the task."""
    own = next(row for row in decision.considered if row["pk"] == decision.specialist_id)
    return {"rule": decision.ground, "open_load": own["open_load"], "candidates": decision.suitable}


def _tell_opened(step: Step, task: Task, decision: AssignmentDecision | None) -> None:
    words = names(task.node)
    if decision is None:
        step.record("task.yours", subject=task, **words)
    elif decision.specialist is None:
        lacking = reasons.lacking(decision.considered)
        record(
            "task.unassigned",
            step.case,
            by=None,
            now=step.now,
            subject=task,
            internal=True,
            lacking=lacking,
            **words,
        )
    else:
        person = decision.specialist
        record(
            "task.assigned",
            step.case,
            by=None,
            now=step.now,
            subject=task,
            to=person.user.get_full_name(),
            to_user=person.user_id,
            department_zh=person.department.name_zh,
            department_en=person.department.name_en,
            **task.assignment,
            **words,
        )


def _beginning(
    task: Task, case: Case, person: Specialist | None, lead: Specialist | None
) -> tuple[clocks.Rule, clocks.Beginning]:
    node = task.node
    if node.amount is None or node.department_id is None:
        raise LookupError(f"{node} has no limit that the park keeps")
    rule = clocks.Rule(
        kind=node.timed_as(case.procedure.code),
        label_zh=node.name_zh,
        label_en=node.name_en,
        limit=Limit(node.amount, node.unit),
        stage=case.procedure.stage,
        procedure=case.procedure.code,
        standard_version=case.procedure.standard_id,
    )
    return rule, clocks.Beginning(
        thread=case.thread,
        department=node.department_id,
        responsible=person,
        lead=lead,
        enterprise=case.enterprise_id,
        path=f"/desk/tasks/{task.pk}/",
        enterprise_path=f"/cases/{case.uid}/",
    )


def _begin_promises(step: Step, *, after: int | None) -> None:
    """The promises that run from the end of this node, or from the submission."""
    milestones = [one for one in step.graph.milestones if one.after_id == after]
    if not milestones:
        return
    case = step.case
    begun = []
    for milestone in milestones:
        rule = clocks.Rule(
            kind=milestone.kind,
            label_zh=milestone.name_zh,
            label_en=milestone.name_en,
            limit=Limit(milestone.amount, milestone.unit),
            stage=case.procedure.stage,
            procedure=case.procedure.code,
            standard_version=case.procedure.standard_id,
        )
        beginning = clocks.Beginning(
            thread=case.thread,
            department=_department_of(milestone, step.graph),
            responsible=case.lead,
            lead=case.lead,
            enterprise=case.enterprise_id,
            path=f"/desk/cases/{case.uid}/",
            enterprise_path=f"/cases/{case.uid}/",
        )
        begun.append((rule, beginning))
    started = clocks.start_each(begun, by=step.by, now=step.now, calendar=step.calendar)
    step.promises += CaseMilestone.objects.bulk_create(
        CaseMilestone(case=case, milestone=milestone, clock=clock)
        for milestone, clock in zip(milestones, started, strict=True)
    )


def _department_of(milestone: Milestone, graph: Graph) -> int:
    """Who answers for a promise that spans steps: the department of the node it follows, else of the first of the park's."""
    of_node = graph.nodes[milestone.after_id].department_id if milestone.after_id else None
    in_order = sorted(graph.nodes.values(), key=lambda node: node.order)
    found = of_node or next((node.department_id for node in in_order if node.department_id), None)
    if found is None:
        raise LookupError(f"{milestone.procedure_id} has no step of the park's")
    return found


def names(node: Node) -> dict[str, Any]:
    return {"node_code": node.code, "node_zh": node.name_zh, "node_en": node.name_en}
