"""Imports while processes die and others work beside them."""

import pytest

from faults.crash import killed_at
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles.enums import ImportState, RowFate
from profiles.models import ImportRow, ImportRun, ProfileValue
from profiles.services import imports
from tests.cast import NOW, Cast
from tests.profiles.tables import CODE, NAME, REVENUE, YEAR, applied, checked, code, workbook, worked_off
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [[CODE, NAME, YEAR, REVENUE], *([code(n), f"上海第 {n} 家", 2025, n] for n in range(1, 6))]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imports, "CHECK_BATCH", 2)
    monkeypatch.setattr(imports, "APPLY_BATCH", 2)


def all_entered_once(run: ImportRun) -> None:
    assert run.state == ImportState.DONE
    assert (run.rows_done, run.rows_total) == (5, 5)
    assert Enterprise.objects.filter(uscc__in=[code(n) for n in range(1, 6)]).count() == 5
    assert ProfileValue.objects.count() == ProfileValue.objects.filter(is_accepted=True).count() == 5
    for kind in ("enterprise.admitted", "file.changed"):
        assert Event.objects.filter(kind=kind).count() == 5
    for kind in ("import.checked", "import.applied", "import.done"):
        assert Event.objects.filter(kind=kind).count() == 1
    assert not ImportRow.objects.filter(run=run, applied_at__isnull=True).exists()


@pytest.mark.parametrize("hit", [1, 2, 3])
@pytest.mark.parametrize("point", ["import.held", "import.worked", "import.committed"])
def test_looking_through_goes_on_where_a_killed_process_left_it(cast: Cast, point: str, hit: int):
    run = imports.receive_import(file_name="a.xlsx", stream=workbook(ROWS), by=cast.shen, now=NOW)
    assert killed_at(point, hit, lambda: imports.work_off(NOW))
    left = hit if point == "import.committed" else hit - 1
    assert ImportRow.objects.count() == (5 if left else 0)
    assert ImportRow.objects.exclude(fate="").count() == 2 * max(0, left - 1)
    worked_off(run)
    assert (run.state, run.rows_done) == (ImportState.CHECKED, 5)
    assert set(ImportRow.objects.values_list("fate", flat=True)) == {RowFate.CREATE}
    all_entered_once(applied(run, cast.shen))


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", ["import.held", "import.admitted", "import.worked", "import.committed"])
def test_applying_goes_on_where_a_killed_process_left_it(cast: Cast, point: str, hit: int):
    run = checked(ROWS, cast.shen)
    imports.apply_import(run, by=cast.shen, now=NOW)
    assert killed_at(point, hit, lambda: imports.work_off(NOW))
    left = hit if point == "import.committed" else hit - 1
    assert ProfileValue.objects.count() == 2 * left
    all_entered_once(worked_off(run))


def test_many_workers_at_once_do_each_row_once(cast: Cast):
    run = imports.receive_import(file_name="a.xlsx", stream=workbook(ROWS), by=cast.shen, now=NOW)

    def work(_number: int) -> int:
        return imports.work_off(NOW)

    for _turn in range(4):
        assert all(isinstance(done, int) for done in at_once(work, times=4))
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED
    imports.apply_import(run, by=cast.shen, now=NOW)
    for _turn in range(4):
        assert all(isinstance(done, int) for done in at_once(work, times=4))
    all_entered_once(worked_off(run))


def test_two_runs_with_the_same_enterprises_at_once_enter_each_once(cast: Cast):
    runs = [checked(ROWS, cast.shen), checked(list(ROWS[:1]) + ROWS[:0:-1], cast.shen)]
    for run in runs:
        imports.apply_import(run, by=cast.shen, now=NOW)

    def step(number: int) -> int:
        return imports._step(runs[number % 2].pk, NOW)

    for _turn in range(5):
        assert all(isinstance(done, int) for done in at_once(step, times=2))
    for run in runs:
        assert worked_off(run).state == ImportState.DONE
    assert ProfileValue.objects.count() == 5
    assert Event.objects.filter(kind="enterprise.admitted").count() == 5


def test_applied_by_two_people_at_once_is_applied_once(cast: Cast):
    run = checked(ROWS, cast.shen)

    def press(number: int) -> None:
        imports.apply_import(run, by=[cast.shen, cast.qian.user][number], now=NOW)

    outcomes = at_once(press, times=2)
    assert sorted(type(one).__name__ for one in outcomes) == ["ImportMoved", "NoneType"]
    all_entered_once(worked_off(run))
