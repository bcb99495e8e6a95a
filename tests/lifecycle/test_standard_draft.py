"""The draft of the next standard: a copy, its changes, and what keeps a change from being written."""

import threading
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from lifecycle.enums import StandardState
from lifecycle.models import Case, Node, Procedure, Question, ServiceStandard
from lifecycle.selectors.standard import problems_of
from lifecycle.services import standard as versions
from lifecycle.services import standard_draft as drafts
from lifecycle.services.standard import CURRENT, NotPublishable, WrongState, publish_from_file
from lifecycle.services.standard_draft import DraftRefused
from park.events.models import Event
from park.team.models import Department, Skill
from tests.cast import NOW, Cast, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(cast: Cast) -> ServiceStandard:
    return drafts.begin_draft(by=cast.shen, now=NOW)


@pytest.fixture
def procedure(draft: ServiceStandard) -> Procedure:
    return draft.procedures.get()


def step(procedure: Procedure, code: str, *before: str, **more) -> Node:
    values = {
        "code": code,
        "name_zh": code,
        "name_en": code,
        "work": "confirm",
        "department": Department.objects.get(code="DEP-INV"),
        "skill": Skill.objects.get(code="R-INV"),
        "predecessors": list(procedure.nodes.filter(code__in=before)),
        **more,
    }
    return drafts.add_part(procedure, "nodes", values, **more.get("who", {"by": None, "now": NOW}))


def shape(standard: ServiceStandard) -> list:
    """All that a version holds, without the numbers of its rows."""
    return [
        (
            one.code,
            [(n.code, n.order, n.amount, sorted(p.code for p in n.predecessors.all())) for n in one.nodes.all()],
            [(m.kind, m.after and m.after.code, m.until and m.until.code, m.amount) for m in one.milestones.all()],
            [(r.code, r.order, r.condition) for r in one.requirements.all()],
            [(q.code, q.section and q.section.code, q.node and q.node.code) for q in one.questions.order_by("code")],
        )
        for one in standard.procedures.order_by("code")
    ]


def test_draft_is_a_copy_of_all_that_is_in_force(db, django_assert_max_num_queries):
    in_force = publish_from_file(CURRENT, now=NOW)
    with django_assert_max_num_queries(40):
        made = drafts.begin_draft(by=None, now=NOW)
    assert (made.version, made.state) == (in_force.version + 1, StandardState.DRAFT)
    assert shape(made) == shape(in_force)
    assert problems_of(made) == []


def test_there_is_one_draft_at_a_time(cast: Cast, draft):
    with pytest.raises(DraftRefused, match="draft_exists"):
        drafts.begin_draft(by=cast.shen, now=NOW)
    assert ServiceStandard.objects.count() == 2


def test_discarded_draft_leaves_nothing_but_its_events(cast: Cast, draft):
    drafts.discard_draft(draft, by=cast.shen, now=NOW)
    assert ServiceStandard.objects.get().state == StandardState.PUBLISHED
    assert Procedure.objects.get() == cast.procedure
    kinds = Event.objects.filter(thread=f"standard:{draft.version}").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["standard.begun", "standard.discarded"]


def test_version_in_force_cannot_be_changed(cast: Cast):
    node = cast.procedure.nodes.first()
    acts = [
        lambda: drafts.change_part(node, {"amount": 9}, before={"amount": node.amount}, by=cast.shen, now=NOW),
        lambda: drafts.remove_part(node, by=cast.shen, now=NOW),
        lambda: drafts.move_part(node, earlier=False, by=cast.shen, now=NOW),
        lambda: drafts.add_part(cast.procedure, "sections", {"code": "x"}, by=cast.shen, now=NOW),
        lambda: drafts.discard_draft(cast.procedure.standard, by=cast.shen, now=NOW),
    ]
    before = shape(cast.procedure.standard)
    for act in acts:
        with pytest.raises(WrongState):
            act()
    with pytest.raises(DatabaseError), transaction.atomic():
        Node.objects.filter(pk=node.pk).update(amount=9)
    assert shape(cast.procedure.standard) == before


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM lifecycle_node_predecessors WHERE from_node_id = %s",
        "UPDATE lifecycle_node_predecessors SET to_node_id = from_node_id WHERE from_node_id = %s",
        "INSERT INTO lifecycle_node_predecessors (from_node_id, to_node_id) SELECT n, n FROM (SELECT %s AS n) AS one",
    ],
)
def test_order_of_steps_is_frozen_with_the_version(cast: Cast, procedure, sql: str):
    waits, free = (of.nodes.exclude(predecessors=None).first() for of in (cast.procedure, procedure))
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            cursor.execute(sql, [waits.pk])
        cursor.execute(sql, [free.pk])
        assert cursor.rowcount


def test_nothing_of_a_draft_is_moved_into_a_version_in_force(cast: Cast, procedure):
    waits, free = (of.nodes.exclude(predecessors=None).first() for of in (cast.procedure, procedure))
    before = shape(cast.procedure.standard)
    for rows, into in [
        (procedure.nodes.filter(pk=free.pk), {"procedure": cast.procedure, "code": "MOVED"}),
        (procedure.sections.all(), {"procedure": cast.procedure}),
        (Node.predecessors.through.objects.filter(from_node=free), {"from_node": waits}),
    ]:
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            rows.update(**into)
    assert shape(cast.procedure.standard) == before


def test_change_is_written_with_its_event(cast: Cast, procedure):
    node = procedure.nodes.get(code="N2")
    drafts.change_part(node, {"amount": 2}, before={"amount": 3}, by=cast.shen, now=NOW)
    node.refresh_from_db()
    said = Event.objects.get(kind="standard.changed").data
    assert node.amount == 2
    assert (said["act"], said["procedure"], said["code"], said["fields"]) == ("changed", "REG-01", "N2", ["amount"])


def test_nothing_is_overwritten_silently(cast: Cast, procedure):
    node = procedure.nodes.get(code="N2")
    drafts.change_part(node, {"amount": 2}, before={"amount": 3}, by=cast.shen, now=NOW)
    with pytest.raises(DraftRefused, match="overtaken"):
        drafts.change_part(node, {"amount": 1}, before={"amount": 3}, by=cast.admin, now=NOW)
    drafts.change_part(node, {"name_zh": "预审"}, before={"name_zh": node.name_zh}, by=cast.admin, now=NOW)
    node.refresh_from_db()
    assert (node.amount, node.name_zh) == (2, "预审")


def test_code_is_given_once(cast: Cast, draft, procedure):
    with pytest.raises(DraftRefused, match="code_taken"):
        step(procedure, "N2")
    with pytest.raises(DraftRefused, match="code_taken"):
        drafts.add_procedure(draft, {"code": "REG-01"}, by=cast.shen, now=NOW)
    milestone = {"kind": "licence", "amount": 3}
    with pytest.raises(DraftRefused, match="code_taken"):
        drafts.add_part(procedure, "milestones", milestone, by=cast.shen, now=NOW)


def test_removed_step_joins_its_neighbours(cast: Cast, procedure):
    drafts.remove_part(procedure.nodes.get(code="N8"), by=cast.shen, now=NOW)
    assert [one.code for one in procedure.nodes.get(code="N9").predecessors.all()] == ["N2"]


def test_step_that_ends_a_promise_stays(cast: Cast, procedure):
    with pytest.raises(DraftRefused, match="in_use"):
        drafts.remove_part(procedure.nodes.get(code="N9"), by=cast.shen, now=NOW)
    assert procedure.nodes.filter(code="N9").exists()


def test_section_goes_with_its_questions(cast: Cast, procedure):
    drafts.remove_part(procedure.sections.get(code="premises"), by=cast.shen, now=NOW)
    assert not procedure.questions.filter(code="address").exists()


def test_parts_change_places(cast: Cast, procedure):
    first = procedure.requirements.order_by("order").first()
    drafts.move_part(first, earlier=False, by=cast.shen, now=NOW)
    drafts.move_part(first, earlier=True, by=cast.shen, now=NOW)
    drafts.move_part(first, earlier=True, by=cast.shen, now=NOW)
    assert procedure.requirements.order_by("order").first() == first
    question = procedure.questions.get(code="floor_area")
    drafts.move_part(question, earlier=True, by=cast.shen, now=NOW)
    codes = list(
        procedure.questions.filter(section=question.section_id).order_by("order").values_list("code", flat=True)
    )
    assert codes == ["premises_kind", "floor_area", "address"]


def test_procedure_goes_with_all_that_is_in_it(cast: Cast, procedure):
    drafts.remove_part(procedure, by=cast.shen, now=NOW)
    assert not Question.objects.filter(procedure=procedure.pk).exists()
    assert not Procedure.objects.filter(pk=procedure.pk).exists()


def test_circle_is_named_and_not_published(cast: Cast, draft, procedure):
    first, last = procedure.nodes.get(code="N2"), procedure.nodes.get(code="N9")
    drafts.change_part(
        first,
        {"predecessors": [last]},
        before={"predecessors": drafts.value_of(first, "predecessors")},
        by=cast.shen,
        now=NOW,
    )
    with pytest.raises(NotPublishable):
        versions.publish(draft, by=cast.shen, now=NOW)
    assert ServiceStandard.objects.get(pk=draft.pk).state == StandardState.DRAFT


def test_case_keeps_what_it_was_promised(cast: Cast, draft, procedure):
    task = cast.in_review()
    node = procedure.nodes.get(code="N8")
    drafts.change_part(node, {"amount": 2}, before={"amount": 1}, by=cast.shen, now=NOW)
    drafts.remove_part(procedure.requirements.get(code="MAT-ART"), by=cast.shen, now=NOW)
    step(procedure, "N10", "N9")
    due = task.clock.due_at
    versions.publish(draft, by=cast.shen, now=NOW)
    case = Case.objects.get(pk=task.case_id)
    assert case.procedure == cast.procedure
    assert case.procedure.nodes.get(code="N8").amount == 1
    assert case.procedure.requirements.filter(code="MAT-ART").exists()
    assert set(case.tasks.values_list("node__code", flat=True)) == {"SIGN", "N2", "N8", "N9"}
    task.clock.refresh_from_db()
    assert task.clock.due_at == due


def test_scheduled_version_comes_into_force_with_its_day(cast: Cast, draft):
    day = date(2026, 12, 1)
    versions.schedule(draft, effective_on=day, by=cast.shen, now=NOW)
    assert versions.put_in_force(at("2026-11-30 23:59")) == 0
    assert versions.put_in_force(at("2026-12-01 00:00")) == 1
    assert versions.put_in_force(at("2026-12-01 00:01")) == 0
    draft.refresh_from_db()
    assert (draft.state, draft.effective_on) == (StandardState.PUBLISHED, day)
    assert ServiceStandard.objects.get(version=1).state == StandardState.SUPERSEDED


def test_scheduled_version_can_be_taken_back(cast: Cast, draft, procedure):
    versions.schedule(draft, effective_on=(NOW + timedelta(days=9)).date(), by=cast.shen, now=NOW)
    with pytest.raises(WrongState):
        drafts.remove_part(procedure, by=cast.shen, now=NOW)
    with pytest.raises(DraftRefused, match="draft_exists"):
        drafts.begin_draft(by=cast.shen, now=NOW)
    versions.take_back(draft, by=cast.shen, now=NOW)
    assert versions.put_in_force(NOW + timedelta(days=10)) == 0
    drafts.remove_part(procedure, by=cast.shen, now=NOW)
    with pytest.raises(WrongState):
        versions.take_back(draft, by=cast.shen, now=NOW)


def test_day_that_has_come_publishes_at_once(cast: Cast, draft):
    made = versions.schedule(draft, effective_on=NOW.date(), by=cast.shen, now=NOW)
    assert made.state == StandardState.PUBLISHED


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_one_does(cast: Cast):
    found: list[str] = []

    def begin() -> None:
        try:
            drafts.begin_draft(by=cast.shen, now=NOW)
            found.append("begun")
        except DraftRefused as refused:
            found.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=begin) for _n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == ["begun", "draft_exists", "draft_exists", "draft_exists"]
