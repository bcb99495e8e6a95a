"""Many people act on the same tasks: whatever they do, and in whatever order, the history stays legal."""

import itertools
import random
from collections import defaultdict
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.enums import CaseState, TaskState, Verdict, Work
from lifecycle.models import Case, Task
from lifecycle.services import cases, review, tasks, time
from lifecycle.services.errors import CaseMoved, Incomplete, NotYours, VerdictsMissing
from lifecycle.stages import CASE_MOVES, CLOSED_CASE, OPEN_TASK, PASSED_TASK, TASK_MOVES
from park.deadlines import services as clocks
from park.deadlines.models import Clock
from park.events.models import Event
from park.team.models import OpenWork, Specialist
from tests.cast import NOW, Cast, pdf
from tests.procedures import EVIDENCE, answer, begin, make_world
from tests.races.threads import at_once

REFUSALS = (CaseMoved, NotYours, Incomplete, VerdictsMissing, Specialist.DoesNotExist, clocks.Refused)
ACTS = ("claim", "finish", "finish", "transfer", "correct", "take back", "withdraw", "reject")


def act(world: Cast, task: Task, what: str, draw: random.Random) -> str:
    """One act of somebody on a task, allowed or not; what it came to."""
    task = Task.objects.select_related("node", "assignee__user", "case").get(pk=task.pk)
    by = task.assignee.user if task.assignee else world.wang.user
    try:
        match what:
            case "claim":
                tasks.claim_task(task, by=by, now=NOW)
            case "finish":
                finish(world, task, by)
            case "transfer":
                colleagues = tasks.colleagues(task, NOW) if task.department_id else []
                tasks.transfer_task(task, to=draw.choice(colleagues or [world.gao]), note="请接手", by=by, now=NOW)
            case "correct":
                own = list(task.case.materials.values_list("pk", flat=True))
                review.set_verdicts(task, dict.fromkeys(own, (Verdict.CORRECTION, "请补充")), by=by, now=NOW)
                review.issue_correction(task, by=by, now=NOW)
            case "take back":
                head = Specialist.objects.filter(department=task.department_id).first()
                time.reopen_task(task, reason="尚未办结", by=head.user if head else by, now=NOW)
            case "withdraw":
                cases.withdraw_case(task.case, by=world.chen, now=NOW)
            case _:
                cases.reject_case(task, reason="不符", remedy="可重新申请", by=by, now=NOW)
    except REFUSALS as refusal:
        return type(refusal).__name__
    return "done"


def finish(world: Cast, task: Task, by: Any) -> None:
    findings = {question.code: answer(question, "yes") for question in task.node.questions.all()}
    match Work(task.node.work):
        case Work.ENTERPRISE:
            tasks.confirm_own_step(task, by=world.chen, now=NOW, evidence=EVIDENCE)
        case Work.REVIEW:
            verdicts = dict.fromkeys(task.case.materials.values_list("pk", flat=True), (Verdict.ACCEPTED, ""))
            review.set_verdicts(task, verdicts, by=by, now=NOW)
            review.pass_review(task, by=by, now=NOW)
        case Work.DOCUMENT:
            tasks.hand_document_over(task, pdf(), title="文件", answers=findings, by=by, now=NOW)
        case _:
            tasks.confirm_task(task, note="已办理", answers=findings, by=by, now=NOW)


def is_legal(case: Case) -> None:
    """What the rows say together, and that the log tells the same."""
    case = Case.objects.get(pk=case.pk)
    own = {task.node_id: task for task in case.tasks.select_related("node", "clock")}
    through = next(iter(own.values())).node.predecessors.through.objects.filter(from_node__in=own)
    before: dict[int, set[int]] = defaultdict(set)
    for node, earlier in through.values_list("from_node_id", "to_node_id"):
        before[node].add(earlier)
    for task in own.values():
        begun = task.state not in {TaskState.WAITING, TaskState.CANCELLED}
        assert not begun or all(own[node].state in PASSED_TASK for node in before[task.node_id]), task.node.code
        assert (task.clock is not None and task.clock.is_open) <= (task.state in OPEN_TASK)
        held = OpenWork.objects.filter(kind="task", number=task.pk).values_list("specialist", flat=True)
        assert list(held) == ([task.assignee_id] if task.state in OPEN_TASK and task.assignee_id else [])
    states = {task.state for task in own.values()}
    if case.state in CLOSED_CASE:
        assert not states & {*OPEN_TASK, TaskState.WAITING}
        assert not Clock.objects.open().filter(thread=case.thread).exists()
    else:
        assert states & set(OPEN_TASK)
    assert (case.state == CaseState.COMPLETED) == (states <= set(PASSED_TASK))
    told = Event.objects.filter(thread=case.thread)
    ends = told.filter(kind__in=["case.completed", "case.rejected", "case.withdrawn"])
    assert ends.count() == (case.state in CLOSED_CASE)
    for pk in (task.pk for task in own.values() if task.state == TaskState.DONE):
        about = told.filter(subject_type="lifecycle.task", subject_id=str(pk))
        assert about.filter(kind="task.done").count() == about.filter(kind="task.reopened").count() + 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_acts_at_once_leave_a_legal_history():
    world = make_world()
    begun = []
    for code in ("OUT-02", "OPS-09", "RES-02"):
        case = begin(world, code, "yes")
        begun.append(cases.submit_case(case, by=case.created_by, now=NOW))
    for number in range(3):
        open_tasks = list(Task.objects.open().filter(case__in=begun))
        gentle = [what for what in ACTS if what not in {"withdraw", "reject"}] if number < 2 else list(ACTS)

        def one(call: int, seed: int = 1000 * number, there: list[Task] = open_tasks, kinds: list[str] = gentle) -> str:
            draw = random.Random(seed + call)
            return act(world, draw.choice(there), draw.choice(kinds), draw)

        outcomes = at_once(one, times=100, threads=100)
        assert [outcome for outcome in outcomes if not isinstance(outcome, str)] == []
        assert "done" in outcomes
        for case in begun:
            is_legal(case)


@pytest.mark.django_db
def test_no_sequence_of_acts_reaches_an_illegal_state():
    world = make_world()
    drafts = [begin(world, code, "yes") for code in ("OUT-02", "RES-02")]
    steps = st.tuples(st.integers(0, 20), st.sampled_from(ACTS))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(drafts), st.lists(steps, max_size=25))
    def walk(draft: Case, moves: list[tuple[int, str]]) -> None:
        with transaction.atomic():
            case = cases.submit_case(draft, by=draft.created_by, now=NOW)
            for place, what in moves:
                there = list(case.tasks.order_by("node__order"))
                act(world, there[place % len(there)], what, random.Random(place))
                is_legal(case)
            transaction.set_rollback(True)

    walk()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "states", "moves"),
    [("task", TaskState.values, TASK_MOVES), ("case", CaseState.values, CASE_MOVES)],
    ids=["task", "case"],
)
def test_postgresql_refuses_every_other_move(cast: Cast, table: str, states: list[str], moves: frozenset[Any]):
    """By plain SQL, with all else as the new state wants it."""
    case = cast.submitted()
    row = case.tasks.first() if table == "task" else case
    assert row is not None
    for before, after in itertools.product(states, repeat=2):
        if before == after or (before, after) in moves:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE lifecycle_{table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE lifecycle_{table} SET {_fitting(table, before)} WHERE id = %s", [row.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE lifecycle_{table} ENABLE TRIGGER USER")
            with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
                cursor.execute(f"UPDATE lifecycle_{table} SET {_fitting(table, after)} WHERE id = %s", [row.pk])
            transaction.set_rollback(True)


def _fitting(table: str, state: str) -> str:
    """A state with the columns that its constraints want."""
    if table == "task":  # the first one, of the signing, has been claimed
        return f"state = '{state}', done_at = {'now()' if state == TaskState.DONE else 'NULL'}"
    closed = "now()" if state in CLOSED_CASE else "NULL"
    return f"state = '{state}', closed_at = {closed}, closing_reason = 'x', closing_remedy = 'x'"
