"""One step forward of a case beside a transaction that saves row by row.

Both lock the case, the clock and the task, ask the same questions, and leave the same rows: the task is done, its clock
and the promise that ends here are stopped, what follows is open, with a clock and in somebody's hands, and all is in the log.
The loop is written as it is usually written: by the ORM, a statement for each row.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from bench.run import ROUNDS, Figure, figure
from bench.scratch import scratch_database
from bench.workers import Workers
from lifecycle.enums import CaseState, OpensOn, TaskState, Work
from lifecycle.models import Case, CaseMilestone, Milestone, Node, Procedure, Question, Task
from lifecycle.selectors.situation import Situation
from lifecycle.services import giving, steps, tasks
from lifecycle.services.standard import publish_from_file
from lifecycle.stages import OPEN_TASK, PASSED_TASK
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.deadlines import selectors as deadlines
from park.deadlines import workdays
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.deadlines.services import set_ladder
from park.events.models import Event
from park.team.assignment import AWAY, NO_SKILL, Candidate, choose
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import AssignmentDecision, Department, OpenWork, Skill, Specialist
from park.team.rules import rules
from park.team.selectors.candidates import Load, loads_of
from park.team.services.assignment import hold_departments
from profiles.selectors.key import is_key_enterprise

PEOPLE, EACH, GOAL = 5, 42, 3.0
# Who is given what in a department is decided for one step after the other, so of two processes that open steps of the same
# department one waits for the other's decision, on either side.
GOAL_OF_ONE_DEPARTMENT = 2.0


@dataclass(frozen=True)
class Steps:
    """Of which procedures which steps are finished in turn, what finishing one comes to, and the goals by processes."""

    what: str
    steps: Sequence[tuple[str, str]]
    goals: tuple[float, float] = (GOAL, GOAL)


STEPS = (
    Steps(
        "steps of seven procedures, each followed by one of another department",
        [
            ("RES-03", "N2"),
            ("OPS-07", "N2"),
            ("OUT-02", "N2"),
            ("POL-01", "N2"),
            ("REG-04", "N6"),
            ("RES-04", "N1"),
            ("REG-01", "N8"),
        ],
    ),
    Steps("a promise ends, one step of one department follows", [("RES-03", "N2")], (GOAL, GOAL_OF_ONE_DEPARTMENT)),
    Steps("two steps follow side by side", [("OUT-01", "N2")]),
)
NOTE = "已办理"


def figures(_seed: int) -> list[Figure]:
    with scratch_database():
        now = timezone.now()
        people(now)
        return [one for steps in STEPS for one in stepping(steps, now)]


def stepping(steps: Steps, now: datetime, *, each: int = EACH, rounds: int = ROUNDS) -> list[Figure]:
    """Steps a second with one and two processes on either side, taking turns in every round; medians."""
    sides = [(step, count) for count in (1, 2) for step in (by_services, row_by_row)]
    for number in mixed(steps, now, count=len(steps.steps)):
        check_alike(number, now)
    taken: list[list[float]] = [[] for _ in sides]
    with Workers(1) as one, Workers(2) as two:
        for number in range(rounds + 1):
            # what people have in hand is as much in each round
            OpenWork.objects.all().delete()
            waiting = mixed(steps, now, count=each * len(sides))
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            for (step, count), seconds in zip(sides, taken, strict=True):
                share, waiting = waiting[:each], waiting[each:]
                before = traces()
                began = time.perf_counter()
                done = (one, two)[count - 1].at_once(step, share, now, shared=True)
                if number:  # the first round fills the caches of both
                    seconds.append(time.perf_counter() - began)
                if sum(done) != each:
                    raise AssertionError(f"{done} of {each} steps were done")
                check_traces(before, share)
    medians = [each / sorted(seconds)[len(seconds) // 2] for seconds in taken]
    return [
        figure(
            name=f"{steps.what}, processes: {count}",
            ours=medians[2 * count - 2],
            unit="/s",
            peer="ORM, a statement for each row",
            theirs=medians[2 * count - 1],
            goal=steps.goals[count - 1],
            more_is_better=True,
        )
        for count in (1, 2)
    ]


def people(now: datetime) -> None:
    """The standard, and in each department some who can do everything there."""
    publish_from_file(now=now - timedelta(days=30))
    skills = list(Skill.objects.all())
    for department in Department.objects.all():
        for number in range(PEOPLE):
            name = f"bench-{department.pk}-{number}"
            role = Role.PARTNER if department.is_partner else Role.SPECIALIST
            user = User.objects.create(
                username=name, email=f"{name}@example.invalid", name=f"计时 {number}", role=role, password="!"
            )
            Specialist.objects.create(user=user, department=department).skills.set(skills)


def mixed(steps: Steps, now: datetime, *, count: int) -> list[int]:
    """The numbers of so many tasks, of each procedure in turn."""
    of_each = [scene(code, node, now, count=count // len(steps.steps)) for code, node in steps.steps]
    return [number for row in zip(*of_each, strict=True) for number in row]


def scene(code: str, node: str, now: datetime, *, count: int) -> list[int]:
    """So many cases in which this step has been claimed and all before it are done; the numbers of the tasks."""
    procedure = Procedure.objects.get(code=code, standard__state="published")
    nodes = list(procedure.nodes.order_by("order"))
    this = next(one for one in nodes if one.code == node)
    hands = list(Specialist.objects.filter(department=this.department_id).order_by("pk"))
    began, first = now - timedelta(minutes=5), Case.objects.count()
    enterprises = Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"计时 {code} {n}", is_forming=True, approval="approved", created_at=began)
        for n in range(first, first + count)
    )
    cases = Case.objects.bulk_create(
        Case(
            reference=f"B-{code}-{n}",
            procedure=procedure,
            enterprise=enterprise,
            state=CaseState.IN_PROGRESS,
            lead=hands[n % PEOPLE],
            created_by=hands[0].user,
            created_at=began,
            saved_at=began,
            submitted_at=began,
        )
        for n, enterprise in enumerate(enterprises, first)
    )
    for milestone in procedure.milestones.filter(after=None):
        started = Clock.objects.bulk_create(_clock_of(milestone, milestone.kind, case, this, began) for case in cases)
        CaseMilestone.objects.bulk_create(
            CaseMilestone(case=case, milestone=milestone, clock=clock)
            for case, clock in zip(cases, started, strict=True)
        )
    clocks = Clock.objects.bulk_create(_clock_of(this, this.timed_as(code), case, this, began) for case in cases)
    earlier = _all_before(this)
    rows = []
    for case, clock in zip(cases, clocks, strict=True):
        for one in nodes:
            task = Task(case=case, node=one, department_id=one.department_id)
            if one.pk in earlier:
                task.state, task.done_at, task.claimed_at, task.ready_at = TaskState.DONE, began, began, began
            elif one == this:
                task.state, task.claimed_at, task.ready_at = TaskState.CLAIMED, began, began
                task.assignee, task.clock = case.lead, clock
            rows.append(task)
    rows = Task.objects.bulk_create(rows)
    claimed = [task for task in rows if task.state == TaskState.CLAIMED]
    OpenWork.objects.bulk_create(
        OpenWork(kind=giving.WORK, number=t.pk, specialist=t.assignee, clock=t.clock_id, given_at=began)
        for t in claimed
    )
    return [task.pk for task in claimed]


def _all_before(node: Node) -> set[int]:
    found: set[int] = set()
    left = list(node.predecessors.all())
    while left:
        one = left.pop()
        found.add(one.pk)
        left += one.predecessors.exclude(pk__in=found)
    return found


def _clock_of(rule: Node | Milestone, kind: str, case: Case, node: Node, now: datetime) -> Clock:
    clock = _new_clock(rule, kind, case, node.department_id, deadlines.calendar(), now)
    clock.responsible = case.lead
    return clock


def by_services(numbers: Sequence[int], now: datetime, share: int = 0, of: int = 1) -> int:
    """As the page of a task does it; how many were done."""
    for task in _claimed(numbers[share::of]):
        tasks.confirm_task(task, note=NOTE, by=task.assignee.user, now=now)
    return len(numbers[share::of])


def row_by_row(numbers: Sequence[int], now: datetime, share: int = 0, of: int = 1) -> int:
    """The same, a statement for each row, one transaction a step."""
    for task in _claimed(numbers[share::of]):
        with transaction.atomic():
            _step(task, by=task.assignee.user, now=now)
    return len(numbers[share::of])


def _claimed(numbers: Sequence[int]) -> list[Task]:
    return list(Task.objects.select_related("case", "assignee__user").filter(pk__in=numbers).order_by("pk"))


def _step(task: Task, *, by: User, now: datetime) -> None:
    held = Case.objects.select_for_update(of=["self"]).select_related("procedure", "enterprise", "lead")
    case = held.get(pk=task.case_id)
    clock = Clock.objects.select_for_update(of=["self"]).get(task=task.pk)
    held_task = Task.objects.select_for_update(of=["self"]).select_related("node", "assignee")
    task = held_task.get(pk=task.pk, state=TaskState.CLAIMED)
    if task.assignee.user_id != by.pk or Question.objects.filter(node=task.node_id, is_required=True).exists():
        raise AssertionError("not theirs to finish in this way")
    task.state, task.done_at, task.done_by, task.note = TaskState.DONE, now, by, NOTE
    task.save(update_fields=["state", "done_at", "done_by", "note"])
    OpenWork.objects.filter(kind=giving.WORK, number=task.pk).delete()
    _stop(clock, by=by, now=now)
    for row in CaseMilestone.objects.filter(case=case, milestone__until=task.node_id).select_related("clock"):
        _stop(row.clock, by=by, now=now)
    if Milestone.objects.filter(after=task.node_id).exists():
        raise AssertionError("no promise begins with the steps that are measured")
    _tell("task.done", case, task, by, now, note=NOTE, work=task.node.work, **steps.names(task.node))
    for following in _ready(case):
        _open(following, case, by=by, now=now)
    still = CaseMilestone.objects.filter(case=case).select_related("clock")
    if any(row.clock.state == ClockState.PAUSED for row in still):
        raise AssertionError("no promise stands still with the steps that are measured")


def _stop(clock: Clock, *, by: User, now: datetime) -> None:
    late = clock.is_breached or now > clock.due_at
    clock.state = ClockState.BREACHED_THEN_MET if late else ClockState.MET
    clock.stopped_at, clock.next_rung, clock.next_rung_at = now, None, None
    clock.save(update_fields=["state", "stopped_at", "next_rung", "next_rung_at"])
    _tell_of_clock(f"clock.{clock.state}", clock, by, now)


def _ready(case: Case) -> list[Task]:
    """The tasks that are to open now, in order, their departments held."""
    of_case = {t.node_id: t for t in case.tasks.select_related("node__department").order_by("node__order")}
    before: dict[int, set[int]] = {}
    for node, earlier in Node.predecessors.through.objects.filter(from_node__procedure=case.procedure_id).values_list(
        "from_node_id", "to_node_id"
    ):
        before.setdefault(node, set()).add(earlier)
    situation, ready = Situation(case), []
    for number, task in of_case.items():
        passed = all(of_case[earlier].state in PASSED_TASK for earlier in before.get(number, ()))
        if task.state == TaskState.WAITING and passed and task.node.opens_on == OpensOn.PREDECESSORS:
            if situation.holds(task.node.condition, workdays.local_day(timezone.now())) is not True:
                raise AssertionError("no step is passed over with the steps that are measured")
            ready.append(task)
    if not any(task.state in OPEN_TASK for task in [*of_case.values()]) and not ready:
        raise AssertionError("no case ends with the steps that are measured")
    hold_departments(task.node.department_id for task in ready)
    return ready


def _open(task: Task, case: Case, *, by: User, now: datetime) -> None:
    if task.node.work == Work.ENTERPRISE or not task.node.amount:
        raise AssertionError("what follows is the park's, and has a limit")
    calendar = deadlines.calendar()
    clock = _new_clock(task.node, task.node.timed_as(case.procedure.code), case, task.node.department_id, calendar, now)
    clock.path = f"/desk/tasks/{task.pk}/"
    task.clock_id = None
    request = giving.request_on(
        task, deadlines.first_working_day(now, calendar), is_key=is_key_enterprise(case.enterprise_id)
    )
    people = _people(request.department)
    choice = choose(_candidates(people, request, now), rules().order)
    person = next(one for one in people if one.pk == choice.pk)
    looked = next(one for one in choice.looked if one.pk == person.pk)
    takes_lead = case.lead_id != person.pk and case.lead.department_id == person.department_id
    clock.lead = case.lead
    clock.responsible = person
    if takes_lead:
        case.lead = clock.lead = person
        case.save(update_fields=["lead"])
    clock.save()
    _tell_of_clock("clock.started", clock, by, now, amount=clock.amount, unit=clock.unit)
    AssignmentDecision.objects.create(
        kind=giving.WORK,
        number=task.pk,
        department_id=request.department,
        is_key=request.is_key,
        specialist=person,
        ground=Ground.LEAST_LOAD,
        considered=[one.plain() for one in choice.looked],
        decided_at=now,
    )
    OpenWork.objects.create(kind=giving.WORK, number=task.pk, specialist=person, clock=clock.pk, given_at=now)
    reason = {"rule": Ground.LEAST_LOAD, "open_load": looked.open_load, "candidates": choice.suitable}
    task.state, task.ready_at, task.clock = TaskState.READY, now, clock
    task.assignee, task.assignment, task.assigned_at = person, reason, now
    task.save(update_fields=["state", "ready_at", "clock", "assignee", "assignment", "assigned_at"])
    if takes_lead:
        for row in CaseMilestone.objects.filter(case=case).select_related("clock").order_by("pk"):
            if row.clock.is_open:
                row.clock.responsible = row.clock.lead = person
                row.clock.save(update_fields=["responsible", "lead"])
                _tell_of_clock("clock.handed_over", row.clock, None, now, to=person.user.get_full_name())
    department = task.node.department
    _tell(
        "task.assigned",
        case,
        task,
        None,
        now,
        to=person.user.get_full_name(),
        to_user=person.user_id,
        department_zh=department.name_zh,
        department_en=department.name_en,
        **reason,
        **steps.names(task.node),
    )


def _people(department: int) -> list[Specialist]:
    free = Specialist.objects.filter(department=department, is_active=True, user__is_active=True).order_by("pk")
    return list(free.select_related("user").prefetch_related("skills", "absences"))


def _candidates(people: Sequence[Specialist], request: Request, now: datetime) -> list[Candidate]:
    if request.is_key:
        raise AssertionError("no enterprise of the steps that are measured is a key enterprise")
    pks = [person.pk for person in people]
    loads = loads_of(pks, now)
    decided = AssignmentDecision.objects.filter(specialist__in=pks).values_list("specialist")
    latest = dict(decided.annotate(latest=Max("decided_at")))
    found = []
    for person in people:
        lacks = "" if {skill.pk for skill in person.skills.all()} & set(request.skills) else NO_SKILL
        if any(one.first_on <= request.on <= one.last_on for one in person.absences.all()):
            lacks = lacks or AWAY
        load = loads.get(person.pk, Load())
        last = latest[person.pk].timestamp() if person.pk in latest else 0.0
        is_head, name = person.is_head, person.user.name
        found.append(Candidate(person.pk, load.weight, load.count, last, 0, is_head, lacks, name))
    return found


def _new_clock(
    rule: Node | Milestone, kind: str, case: Case, department: int, calendar: workdays.Calendar, now: datetime
) -> Clock:
    due = workdays.due_at(calendar, now, workdays.Limit(rule.amount, rule.unit), hours=deadlines.office_hours())
    clock = Clock(
        kind=kind,
        label_zh=rule.name_zh,
        label_en=rule.name_en,
        stage=case.procedure.stage,
        procedure=case.procedure.code,
        department_id=department,
        lead=case.lead,
        enterprise=case.enterprise,
        thread=case.thread,
        enterprise_path=f"/cases/{case.uid}/",
        standard_version=case.procedure.standard_id,
        amount=rule.amount,
        unit=rule.unit,
        started_at=now,
        first_due_at=due,
        due_at=due,
        is_provisional=calendar.is_provisional(due.date()),
    )
    set_ladder(clock, calendar, ())
    return clock


def _tell(kind: str, case: Case, task: Task, by: User | None, now: datetime, **data: Any) -> None:
    Event.objects.create(
        kind=kind,
        at=now,
        actor_id=by.pk if by else None,
        actor_name=by.get_full_name() if by else "",
        subject_type="lifecycle.task",
        subject_id=str(task.pk),
        enterprise_id=case.enterprise_id,
        thread=case.thread,
        data={"case": case.pk, "uid": str(case.uid), "reference": case.reference, **data},
    )


def _tell_of_clock(kind: str, clock: Clock, by: User | None, now: datetime, **data: Any) -> None:
    Event.objects.create(
        kind=kind,
        at=now,
        actor_id=by.pk if by else None,
        actor_name=by.get_full_name() if by else "",
        subject_type="deadlines.clock",
        subject_id=str(clock.pk),
        enterprise_id=clock.enterprise_id,
        thread=clock.thread,
        data={
            "clock": clock.kind,
            "label_zh": clock.label_zh,
            "label_en": clock.label_en,
            "due_at": clock.due_at.isoformat(),
            **data,
        },
    )


def check_alike(number: int, now: datetime) -> None:
    """Both sides leave the same of the same case, apart from the numbers of new rows and their order in the log."""
    left = []
    for step in (by_services, row_by_row):
        with transaction.atomic():
            step([number], now)
            left.append(rows_of(Task.objects.get(pk=number).case_id))
            transaction.set_rollback(True)
    for name, ours in left[0].items():
        theirs = left[1][name]
        if ours != theirs:
            only = [row for row in ours if row not in theirs], [row for row in theirs if row not in ours]
            raise AssertionError(f"{name}: {only[0]} by the services, {only[1]} row by row")


def rows_of(case: int) -> dict[str, list[Any]]:
    """Every row of a case, in words."""
    numbers = list(Task.objects.filter(case=case).values_list("pk", flat=True))
    kinds = dict(Clock.objects.filter(thread=f"case:{case}").values_list("pk", "kind"))
    no_number = {"id", "clock_id", "clock", "place_at"}

    def rows(found: Any, without: set[str] = no_number) -> list[Any]:
        read = [{key: value for key, value in row.items() if key not in without} for row in found.values()]
        return sorted(read, key=repr)

    events = Event.objects.filter(thread=f"case:{case}")
    on_clocks = OpenWork.objects.filter(kind=giving.WORK, number__in=numbers)
    return {
        "case": rows(Case.objects.filter(pk=case)),
        "tasks": rows(Task.objects.filter(case=case)),
        "places": list(Task.objects.filter(case=case).order_by("pk").values_list("node", "clock__kind", "place_at")),
        "clocks": rows(Clock.objects.filter(thread=f"case:{case}")),
        "promises": rows(CaseMilestone.objects.filter(case=case)),
        "decisions": rows(AssignmentDecision.objects.filter(kind=giving.WORK, number__in=numbers)),
        "open work": rows(on_clocks),
        "clocks of open work": sorted((row.number, kinds[row.clock]) for row in on_clocks),
        "events of clocks": sorted((e.kind, kinds[int(e.subject_id)]) for e in events if "clock" in e.subject_type),
        "events": sorted(
            repr((e.kind, e.at, e.actor_id, e.actor_name, e.enterprise_id, e.is_internal, _in_words(e.data)))
            for e in events
        ),
    }


def _in_words(data: dict[str, Any]) -> list[tuple[str, Any]]:
    """An instant is the same in whatever zone it was written."""
    return sorted(
        (key, datetime.fromisoformat(value).timestamp() if key == "due_at" else value) for key, value in data.items()
    )


def traces() -> dict[str, int]:
    models = (Event, AssignmentDecision, OpenWork, Clock)
    return {model.__name__: model._default_manager.count() for model in models}


def check_traces(before: dict[str, int], numbers: Sequence[int]) -> None:
    """Every step was done once, and what it opened has a clock, a decision and somebody who has it in hand."""
    done = Task.objects.filter(pk__in=numbers, state=TaskState.DONE)
    opened = Task.objects.filter(
        case__in=done.values("case"), state=TaskState.READY, clock__isnull=False, assignee__isnull=False
    ).count()
    left = {name: number - before[name] for name, number in traces().items()}
    wanted = {"AssignmentDecision": opened, "OpenWork": opened - len(numbers), "Clock": opened}
    if done.count() != len(numbers) or opened < len(numbers) or wanted != {name: left[name] for name in wanted}:
        raise AssertionError(f"{len(numbers)} steps opened {opened}, and left {left}")
