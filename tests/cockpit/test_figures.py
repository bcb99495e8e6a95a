"""What each figure counts, and that all of them add up."""

import pytest

from park.cockpit.periods import period
from park.cockpit.scope import NOBODY, Scope
from park.cockpit.selectors import board, rows
from park.cockpit.selectors.figures import FIGURES
from park.deadlines import redating, services, years
from park.deadlines.enums import PauseReason
from park.deadlines.models import Clock
from park.deadlines.notice_text import read
from park.deadlines.selectors import calendar, signal_of
from tests.cast import Cast, at
from tests.cockpit.scene import LOOK, names
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

OVERDUE = {"overdue", "overdue elsewhere", "paused when late"}
ON_COURSE = {"on course", "in nobody's hands"}
BROKEN_LAST_WEEK = {"broken last week, done this week", "cancelled when late"}
THIS_WEEK = {
    "overdue": OVERDUE,
    "soon": {"soon"},
    "paused": {"paused"},
    "on_course": ON_COURSE,
    "running": ON_COURSE | {"paused"},
    "hold": OVERDUE | {"soon"},
    "open": OVERDUE | ON_COURSE | {"soon", "paused"},
    "kept": {"kept this week"},
    "extended": set(),
    "broken": OVERDUE,
    "settled": OVERDUE | {"kept this week"},
}
FOUR_DAYS_WORKED = (
    "国务院办公厅关于2027年部分节假日安排的通知\n一、元旦：1月1日（周五）放假，共1天。"
    "1月2日（周六）、1月3日（周日）、1月9日（周六）、1月10日（周日）上班。"
)
COLOURS = {"red": "overdue", "amber": "soon", "green": "on_course", "paused": "paused"}


@pytest.mark.parametrize("figure", FIGURES)
def test_figure_counts_its_clocks_of_this_week(scene: dict[str, Clock], figure: str) -> None:
    assert names(scene, rows.clocks_in(Scope(figure=figure), LOOK)) == THIS_WEEK[figure]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"figure": "kept", "period": "quarter"}, {"kept this week", "kept last week"}),
        ({"figure": "broken", "period": "quarter"}, OVERDUE | BROKEN_LAST_WEEK),
        ({"figure": "broken", "period": "year"}, OVERDUE | BROKEN_LAST_WEEK | {"broken last quarter"}),
        ({"figure": "broken", "week": "2026-11-18"}, BROKEN_LAST_WEEK),
        ({"figure": "open", "department": "PTN-SAMR"}, {"overdue elsewhere"}),
        ({"figure": "open", "kind": "green_channel"}, {"overdue elsewhere"}),
        ({"figure": "open", "person": NOBODY}, {"in nobody's hands"}),
        ({"figure": "open", "stage": "policy"}, set()),
        ({"figure": "open", "procedure": "REG-99"}, set()),
    ],
)
def test_scope_narrows_a_figure(scene: dict[str, Clock], changes: dict[str, str], expected: set[str]) -> None:
    assert names(scene, rows.clocks_in(Scope(**changes), LOOK)) == expected


def test_signal_of_every_open_clock_agrees_with_the_figure_that_counts_it(scene: dict[str, Clock]) -> None:
    for clock in Clock.objects.open():
        counted = [name for name in COLOURS.values() if rows.clocks_in(Scope(figure=name), LOOK).filter(pk=clock.pk)]
        assert counted == [COLOURS[signal_of(clock, LOOK)]]


def test_clock_is_not_overdue_at_its_due_instant(cast: Cast) -> None:
    clock = start(cast)
    assert rows.clocks_in(Scope(figure="soon"), clock.due_at).get() == clock
    assert not rows.clocks_in(Scope(figure="overdue"), clock.due_at)


@pytest.mark.parametrize("key", ["week", "quarter", "year"])
@pytest.mark.parametrize("department", ["", "DEP-INV", "PTN-SAMR"])
def test_every_count_is_the_length_of_its_list(scene: dict[str, Clock], key: str, department: str) -> None:
    scope = Scope(period=key, department=department)
    total = board.board(LOOK, period(key, LOOK), department).total()
    for figure in FIGURES:
        assert getattr(total, figure) == rows.clocks_in(Scope(key, department, figure), LOOK).count(), figure
    assert scope.stretch(LOOK) == period(key, LOOK)


@pytest.mark.parametrize("key", ["procedure", "kind", "stage", "responsible", "department_code"])
def test_breakdown_adds_up_to_the_total(scene: dict[str, Clock], key: str) -> None:
    found = board.board(LOOK, period("quarter", LOOK))
    lines = found.by(key, lambda row: str(row[key]))
    for figure in board.COUNTED:
        assert sum(getattr(line, figure) for line in lines) == getattr(found.total(), figure)


def test_rate_is_kept_of_settled_and_is_compared_with_the_period_before(scene: dict[str, Clock]) -> None:
    total = board.board(LOOK, period("week", LOOK)).total()
    assert (total.kept, total.broken, total.rate) == (1, 3, 25.0)
    assert (total.kept_before, total.broken_before, total.change) == (1, 2, -8.3)


def test_rate_of_nothing_is_no_number(cast: Cast) -> None:
    total = board.board(LOOK, period("week", LOOK)).total()
    assert (total.rate, total.change) == (None, None)


def test_heat_counts_a_breach_in_the_week_in_which_it_was_due(scene: dict[str, Clock]) -> None:
    found = board.weeks(LOOK, ["DEP-INV", "PTN-SAMR"])
    broken = {code: [week.broken for week in line] for code, line in found.heat.items()}
    assert broken == {
        "DEP-INV": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2],
        "PTN-SAMR": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
    }
    assert [week.kept for week in found.total] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert found.broken == 6
    assert found.total[-1].rate == 25.0


def test_every_cell_of_the_heat_is_the_length_of_its_list(scene: dict[str, Clock]) -> None:
    for code, line in board.weeks(LOOK, ["DEP-INV", "PTN-SAMR"]).heat.items():
        for week in line:
            scope = Scope(figure="broken", department=code, week=week.monday.isoformat())
            assert rows.clocks_in(scope, LOOK).count() == week.broken


def test_kept_by_an_extension_counts_against_both_dates(cast: Cast) -> None:
    early, late = (start(cast, now=at("2026-11-16 10:00")) for _ in range(2))
    for clock in (early, late):
        asked = services.ask_extension(clock, amount=2, reason="x", by=cast.wang.user, now=at("2026-11-17 10:00"))
        services.decide_extension(asked, grant=True, by=cast.qian.user, now=at("2026-11-17 11:00"))
    services.stop(early, by=None, now=at("2026-11-19 10:00"))  # within the promise all the same
    services.stop(late, by=None, now=at("2026-11-20 10:00"))
    total = board.board(LOOK, period("year", LOOK)).total()
    assert (total.kept, total.extended, total.rate, total.promise_rate) == (2, 1, 100.0, 50.0)
    assert rows.clocks_in(Scope(period="year", figure="extended"), LOOK).get() == late


def test_late_only_by_a_calendar_changed_afterwards_is_not_held_against_anybody(cast: Cast) -> None:
    in_time, late, still_open = (start(cast, 17, now=at("2026-12-21 10:00")) for _ in range(3))
    assert in_time.due_at == at("2027-01-14 17:00")
    changed_at = at("2027-01-11 10:00")  # by the new calendar the limit ended the day before
    change = years.set_year(read(FOUR_DAYS_WORKED), by=cast.shen, now=changed_at, text=FOUR_DAYS_WORKED)
    redating.apply_all(change, changed_at)
    for clock, done in ((in_time, "2027-01-14 16:00"), (late, "2027-01-14 18:00")):
        clock.refresh_from_db()
        assert clock.due_at == at("2027-01-13 17:00")
        services.stop(clock, by=None, now=at(done))

    def found(figure: str, when: str) -> set[Clock]:
        return set(rows.clocks_in(Scope(period="year", figure=figure), at(when)))

    assert found("overdue", "2027-01-14 10:00") == {still_open}
    assert found("broken", "2027-01-14 16:30") == {late}
    assert found("broken", "2027-01-14 18:30") == {late, still_open}
    assert found("kept", "2027-01-14 18:30") == set()
    total = board.board(at("2027-01-14 18:30"), period("year", at("2027-01-14 18:30"))).total()
    assert (total.broken, total.settled, total.overdue) == (2, 2, 1)


def test_heat_of_one_department_leaves_the_others_out(scene: dict[str, Clock]) -> None:
    found = board.weeks(LOOK, ["PTN-SAMR"])
    assert (list(found.heat), found.broken) == (["PTN-SAMR"], 2)


def test_list_goes_on_after_its_last_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    made = [start(cast, now=at(f"2026-11-{number} 10:00")).pk for number in (18, 18, 19, 20, 20)]
    seen, after = [], ""
    for _ in range(3):
        page = rows.page(Scope(figure="open"), LOOK, calendar(), after)
        seen += [row.clock.pk for row in page.rows]
        after = page.after
    assert (seen, after, page.total) == (made, "", 5)


def test_list_puts_what_stands_still_after_what_runs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    made = [start(cast, now=at(f"2026-11-{number} 10:00")) for number in (17, 18, 19, 20)]
    for clock in made[:2]:
        services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-20 10:00"))
    first = rows.page(Scope(figure="open"), LOOK, calendar())
    second = rows.page(Scope(figure="open"), LOOK, calendar(), first.after)
    assert [row.clock.pk for row in first.rows + second.rows] == [clock.pk for clock in made[2:] + made[:2]]


def test_list_of_settled_clocks_begins_with_the_latest(
    scene: dict[str, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 1)
    scope = Scope(figure="kept", period="year")
    first = rows.page(scope, LOOK, calendar())
    second = rows.page(scope, LOOK, calendar(), first.after)
    assert [*names(scene, [first.rows[0].clock]), *names(scene, [second.rows[0].clock])] == [
        "kept this week",
        "kept last week",
    ]
