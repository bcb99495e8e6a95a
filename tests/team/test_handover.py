"""What falls due in an absence, what evens out loads, and that it changes hands in one act."""

from datetime import timedelta

import pytest

from lifecycle.services import cases
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Absence, AssignmentDecision, OpenWork, Specialist
from park.team.selectors.handover import due_in_absence, evening_out
from park.team.services import set_absent
from park.team.services.absences import end_absence
from park.team.services.handover import Move, Overtaken, hand_over_many
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LATER = TODAY + timedelta(days=14)


def proposals(person: Specialist):
    return due_in_absence(person, TODAY, LATER, TODAY, NOW)


def test_what_falls_due_is_proposed_to_who_is_there_with_the_reason(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    other = cast.han if task.assignee == cast.wang else cast.wang
    (found,) = [one for one in proposals(task.assignee) if one.kind == "task"]
    assert (found.piece.number, found.to, found.giver) == (task.pk, other, task.assignee)
    assert found.why
    task.refresh_from_db()
    assert task.assignee == found.giver  # nothing has moved


def test_what_falls_due_after_the_absence_stays(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    assert due_in_absence(task.assignee, TODAY, TODAY, TODAY, NOW) == []


def test_an_absence_that_is_over_proposes_nothing(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    assert due_in_absence(task.assignee, TODAY - timedelta(days=9), TODAY - timedelta(days=2), TODAY, NOW) == []


def test_the_substitute_comes_first_and_nobody_who_is_away(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    other = cast.han if task.assignee == cast.wang else cast.wang
    third = Specialist.objects.get(pk=cast.qian.pk)
    third.skills.add(*other.skills.all())
    set_absent(specialist=task.assignee, first_on=TODAY, last_on=LATER, substitute=third, by=cast.shen, now=NOW)
    assert proposals(task.assignee)[0].to == third
    set_absent(specialist=third, first_on=TODAY, last_on=LATER, by=cast.shen, now=NOW)
    assert proposals(task.assignee)[0].to == other
    set_absent(specialist=other, first_on=TODAY, last_on=LATER, by=cast.shen, now=NOW)
    nobody = proposals(task.assignee)[0]
    assert nobody.to is None and nobody.why


def test_head_is_told_of_what_falls_due_but_not_of_their_own_entry(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    person = task.assignee
    absence = set_absent(specialist=person, first_on=TODAY, last_on=LATER, by=person.user, now=NOW)
    notice = Notice.objects.get(kind="absence.work_due")
    assert (notice.recipient, notice.path) == (cast.qian.user, f"/team/absences/{absence.pk}/")
    set_absent(specialist=person, first_on=TODAY, last_on=LATER, by=cast.qian.user, now=NOW)
    assert Notice.objects.filter(kind="absence.work_due").count() == 1


def test_all_of_it_changes_hands_in_one_act_and_clocks_stay(cast: Cast):
    tasks = [cast.task(cast.submitted(NOW + timedelta(minutes=n)), "N2") for n in range(2)]
    giver = tasks[0].assignee
    moves = [Move(p.kind, p.piece.number, p.to.pk) for p in proposals(giver)]
    due = {task.clock_id: task.clock.due_at for task in tasks}
    assert hand_over_many(moves, department=giver.department, note="休假", by=cast.shen, now=NOW) == len(moves) == 1
    for move in moves:
        assert OpenWork.objects.get(kind=move.kind, number=move.number).specialist_id == move.to
        assert AssignmentDecision.objects.filter(number=move.number).latest("pk").decided_by == cast.shen
    for task in tasks:
        task.clock.refresh_from_db()
        assert task.clock.due_at == due[task.clock_id]
    assert Event.objects.get(kind="team.handed_over").data == {"count": 1, "note": "休假"}


def test_if_one_cannot_move_none_does(cast: Cast):
    first, second = (cast.task(cast.submitted(NOW + timedelta(minutes=n)), "N2") for n in range(2))
    cases.withdraw_case(second.case, by=cast.chen, now=NOW)
    other = cast.han if first.assignee == cast.wang else cast.wang
    moves = [Move("task", first.pk, other.pk), Move("task", second.pk, first.assignee_id)]
    with pytest.raises(Overtaken) as overtaken:
        hand_over_many(moves, department=other.department, note="", by=cast.shen, now=NOW)
    assert list(overtaken.value.moves) == [moves[1]]
    assert OpenWork.objects.get(kind="task", number=first.pk).specialist == first.assignee
    assert not Event.objects.filter(kind__in=["team.handed_over", "task.transferred"]).exists()


def test_nobody_unqualified_gets_work_by_a_move(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    with pytest.raises(Overtaken):
        hand_over_many(
            [Move("task", task.pk, cast.gao.pk)], department=cast.wang.department, note="", by=cast.shen, now=NOW
        )


def test_loads_that_differ_are_evened_out_by_proposals_only(cast: Cast):
    set_absent(specialist=cast.han, first_on=TODAY, last_on=TODAY, by=cast.shen, now=NOW)
    for n in range(4):
        cast.enterprise = cast.further_enterprise()
        cast.submitted(NOW + timedelta(minutes=n))
    assert evening_out(cast.wang.department_id, TODAY, NOW) == []  # he is away
    Absence.objects.all().delete()
    found = evening_out(cast.wang.department_id, TODAY, NOW)
    assert [(one.giver, one.to) for one in found] == [(cast.wang, cast.han)] * 2
    assert set(OpenWork.objects.filter(kind="task").values_list("specialist", flat=True)) == {cast.wang.pk}
    moves = [Move(one.kind, one.piece.number, one.to.pk) for one in found]
    hand_over_many(moves, department=cast.wang.department, note="", by=cast.qian.user, now=NOW)
    assert OpenWork.objects.filter(kind="task", specialist=cast.han).count() == 2
    assert evening_out(cast.wang.department_id, TODAY, NOW) == []


def test_an_absence_taken_back_is_none_and_is_recorded(cast: Cast):
    absence = set_absent(specialist=cast.wang, first_on=TODAY, last_on=LATER, by=cast.wang.user, now=NOW)
    end_absence(absence, by=cast.wang.user, now=NOW)
    end_absence(absence, by=cast.wang.user, now=NOW)
    assert not Absence.objects.exists()
    assert Event.objects.filter(kind="specialist.absence_ended").count() == 1
