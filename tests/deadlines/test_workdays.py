import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from park.deadlines.calendars import base_calendar, base_years, overlay
from park.deadlines.holidays_cn import FIRST_YEAR, LAST_YEAR, PUBLISHED_THROUGH
from park.deadlines.workdays import (
    MOVED_TO_WORKING_DAY,
    Calendar,
    DayReason,
    Limit,
    OfficeHours,
    OutsideCalendar,
    Pause,
    Year,
    at,
    due_at,
    due_if_resumed,
    explain,
    remaining,
)

CALENDAR = base_calendar(FIRST_YEAR, LAST_YEAR)
EXAMPLES = list(csv.DictReader((Path(__file__).parent / "due_examples.csv").open(encoding="utf-8")))


def moment(text: str) -> datetime:
    """`2026-11-23 10:20`, in Shanghai."""
    parsed = datetime.fromisoformat(text)
    return at(parsed.date(), parsed.time())


def pause(days: str) -> Pause:
    """`2026-11-24/2026-11-26`: paused and resumed at ten in the morning."""
    return Pause(*(moment(f"{day} 10:00") for day in days.split("/")))


def due_on(start: str, amount: int, *pauses: str, unit: str = "working_day") -> str:
    due = due_at(CALENDAR, moment(start), Limit(amount, unit), [pause(p) for p in pauses])
    return due.date().isoformat()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["why"])
def test_due_holds_for_the_worked_example(example):
    assert due_on(example["start"], int(example["limit"]), *example["pauses"].split()) == example["due"]


def test_worked_examples_are_all_there():
    assert len(EXAMPLES) == 16


def test_due_is_the_close_of_business_in_shanghai():
    due = due_at(CALENDAR, moment("2026-11-23 10:00"), Limit(3))
    assert due.isoformat() == "2026-11-26T17:00:00+08:00"


def test_due_follows_configured_office_hours():
    hours = OfficeHours((time(8, 30), time(11)), (time(13), time(16, 30)))
    assert due_at(CALENDAR, moment("2026-11-23 10:00"), Limit(3), hours=hours) == moment("2026-11-26 16:30")


@pytest.mark.parametrize("hour", ["00:00", "08:59", "17:00", "23:59"])
def test_due_ignores_the_hour_of_submission(hour):
    assert due_on(f"2026-11-23 {hour}", 3) == "2026-11-26"


def test_due_takes_the_day_of_the_start_in_shanghai():
    late_on_sunday_in_utc = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert due_at(CALENDAR, late_on_sunday_in_utc, Limit(3)) == moment("2026-11-26 17:00")


def test_due_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="no time zone"):
        due_at(CALENDAR, datetime(2026, 11, 23, 10), Limit(3))


def test_three_working_days_are_not_seventy_two_hours_of_service():
    assert due_on("2026-11-23 10:00", 3) == "2026-11-26"
    assert due_on("2026-11-23 10:00", 72, unit="working_hour") == "2026-12-09"


@pytest.mark.parametrize(("holidays_known", "wrong"), [(False, 90), (True, 60)])
def test_counting_without_makeup_days_goes_wrong_where_ours_does_not(holidays_known, wrong):
    def walk(start: date, works) -> date:
        left = 15
        while left:
            start += timedelta(days=1)
            left -= works(start)
        return start

    def naive(day: date) -> bool:
        return day.weekday() < 5 and not (holidays_known and CALENDAR.kind(day) == "holiday")

    days = [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    starts = [d for d in days if CALENDAR.is_working(d) and CALENDAR.add(d, 15).year == 2026]
    ours = [CALENDAR.add(start, 15) for start in starts]
    assert ours == [walk(start, chinese_calendar.is_workday) for start in starts]
    assert sum(walk(start, naive) != due for start, due in zip(starts, ours, strict=True)) == wrong


# -- Pauses --


def test_pause_moves_the_due_day_by_the_working_days_after_its_first():
    assert due_on("2026-11-23", 3, "2026-11-24/2026-11-26") == "2026-11-30"


def test_pause_within_one_day_moves_nothing():
    assert due_on("2026-11-23", 3, "2026-11-24/2026-11-24") == "2026-11-26"


def test_pause_on_the_day_of_the_start_moves_the_due_day():
    due = due_at(
        CALENDAR, moment("2026-11-23 09:00"), Limit(3), [Pause(moment("2026-11-23 10:00"), moment("2026-11-25 10:00"))]
    )
    assert due == moment("2026-11-30 17:00")


def test_pause_over_days_off_moves_nothing():
    assert due_on("2026-11-23", 5, "2026-11-27/2026-11-29") == "2026-11-30"


def test_pauses_that_overlap_count_once():
    apart = due_on("2026-11-23", 10, "2026-11-24/2026-11-30")
    assert due_on("2026-11-23", 10, "2026-11-24/2026-11-27", "2026-11-25/2026-11-30") == apart
    assert due_on("2026-11-23", 10, "2026-11-24/2026-11-30", "2026-11-26/2026-11-27") == apart


def test_pause_does_not_depend_on_the_order_given():
    assert due_on("2026-11-23", 10, "2026-12-01/2026-12-02", "2026-11-24/2026-11-26") == due_on(
        "2026-11-23", 10, "2026-11-24/2026-11-26", "2026-12-01/2026-12-02"
    )


def test_pause_on_the_due_day_before_its_close_still_moves_it():
    assert due_on("2026-11-23", 3, "2026-11-26/2026-11-30") == "2026-11-30"


def test_pause_after_the_breach_cannot_undo_it():
    breached = Pause(moment("2026-11-26 17:00"), moment("2026-12-10 10:00"))
    assert due_at(CALENDAR, moment("2026-11-23 10:00"), Limit(3), [breached]) == moment("2026-11-26 17:00")


def test_pause_never_makes_the_limit_end_sooner():
    plain = due_on("2026-09-21", 5)
    for days in range(12):
        end = date(2026, 9, 22) + timedelta(days)
        assert due_on("2026-09-21", 5, f"2026-09-22/{end}") >= plain


def test_pause_before_the_start_is_refused():
    with pytest.raises(ValueError, match="before the start"):
        due_on("2026-11-23 11:00", 3, "2026-11-23/2026-11-24")


def test_pause_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends before"):
        pause("2026-11-26/2026-11-24")


def test_open_pause_has_no_due_day_until_it_is_resumed():
    waiting = [Pause(moment("2026-11-24 10:00"), None)]
    with pytest.raises(ValueError, match="still open"):
        due_at(CALENDAR, moment("2026-11-23 10:00"), Limit(3), waiting)
    due = due_if_resumed(CALENDAR, moment("2026-11-23 10:00"), Limit(3), waiting, moment("2026-11-26 16:00"))
    assert due == moment("2026-11-30 17:00")


def test_changing_the_limit_keeps_the_pause():
    assert due_on("2026-11-23", 3, "2026-11-24/2026-11-26") == "2026-11-30"
    assert due_on("2026-11-23", 5, "2026-11-24/2026-11-26") == "2026-12-02"


# -- Other units --


def test_calendar_days_count_days_off_too():
    assert due_on("2026-11-23", 8, unit="calendar_day") == "2026-12-01"


def test_calendar_days_that_end_on_a_holiday_end_on_the_next_working_day():
    assert due_on("2026-09-21", 10, unit="calendar_day") == "2026-10-08"


def test_calendar_days_may_end_on_a_makeup_saturday():
    assert due_on("2026-10-08", 2, unit="calendar_day") == "2026-10-10"


def test_calendar_days_are_paused_on_their_own_calendar():
    assert due_on("2026-11-23", 8, "2026-11-26/2026-11-30", unit="calendar_day") == "2026-12-07"


def test_working_hours_stop_at_noon_at_night_and_on_days_off():
    assert due_at(CALENDAR, moment("2026-11-27 10:30"), Limit(2, "working_hour")) == moment("2026-11-27 14:30")
    assert due_at(CALENDAR, moment("2026-11-27 16:30"), Limit(1, "working_hour")) == moment("2026-11-30 09:30")


def test_working_hours_end_at_the_close_rather_than_the_next_opening():
    assert due_at(CALENDAR, moment("2026-11-27 16:00"), Limit(1, "working_hour")) == moment("2026-11-27 17:00")


def test_working_hours_begun_on_a_day_off_run_from_the_next_opening():
    assert due_at(CALENDAR, moment("2026-11-28 12:00"), Limit(1, "working_hour")) == moment("2026-11-30 10:00")


def test_working_hours_stand_still_while_paused():
    stood = [Pause(moment("2026-11-23 10:00"), moment("2026-11-23 14:00"))]
    assert due_at(CALENDAR, moment("2026-11-23 09:00"), Limit(2, "working_hour"), stood) == moment("2026-11-23 15:00")


@pytest.mark.parametrize(
    ("amount", "unit"), [(0, "working_day"), (-1, "working_day"), (1.5, "working_day"), (1, "week")]
)
def test_limit_refuses_what_cannot_be_counted(amount, unit):
    with pytest.raises(ValueError, match=r"limit|unit"):
        Limit(amount, unit)


def test_office_hours_refuse_an_afternoon_before_the_morning():
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours((time(13), time(17)), (time(9), time(11)))


# -- The calendar --


def test_calendar_agrees_with_a_second_source_on_every_day():
    days = [date(FIRST_YEAR, 1, 1) + timedelta(n) for n in range((date(2027, 1, 1) - date(FIRST_YEAR, 1, 1)).days)]
    assert [d for d in days if CALENDAR.is_working(d) != chinese_calendar.is_workday(d)] == []


def test_published_through_is_the_last_year_with_makeup_days_in_both_sources():
    known = holidays.country_holidays("CN", years=PUBLISHED_THROUGH).special_public_holidays
    assert max(known) == PUBLISHED_THROUGH
    assert max(chinese_calendar.constants.workdays).year == PUBLISHED_THROUGH


def test_year_without_its_notice_is_provisional():
    assert not CALENDAR.is_provisional(date(PUBLISHED_THROUGH, 12, 31))
    assert CALENDAR.is_provisional(date(PUBLISHED_THROUGH + 1, 1, 1))


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-10-10", "makeup", "National Day"),
        ("2026-10-04", "holiday", "National Day"),
        ("2026-02-15", "holiday", "Spring Festival"),
        ("2026-02-14", "makeup", "Spring Festival"),
        ("2018-12-29", "makeup", "New Year's Day"),
        ("2020-10-08", "holiday", "National Day"),
        ("2026-11-28", "weekend", ""),
        ("2026-11-23", "working", ""),
    ],
)
def test_calendar_names_the_day(day, kind, name):
    day = date.fromisoformat(day)
    assert (CALENDAR.kind(day), CALENDAR.name(day)) == (kind, name)


def test_calendar_of_one_year_knows_what_its_neighbours_move_into_it():
    assert base_calendar(2018, 2018).is_working(date(2018, 12, 29))


def test_calendar_refuses_days_outside_its_years():
    calendar = base_calendar(2026, 2026)
    for ask in (
        lambda: calendar.add(date(2025, 12, 31), 1),
        lambda: calendar.add(date(2026, 12, 31), 1),
        lambda: calendar.add(date(2027, 1, 1), 1),
        lambda: calendar.is_working(date(2027, 1, 1)),
        lambda: calendar.kind(date(2025, 12, 31)),
        lambda: calendar.working_days_between(date(2025, 12, 31), date(2026, 1, 5)),
        lambda: calendar.before(date(2026, 1, 5), 3),
        lambda: due_at(calendar, moment("2026-12-30 10:00"), Limit(200, "working_hour")),
        lambda: base_years(1999, 2026),
    ):
        with pytest.raises(OutsideCalendar):
            ask()


@pytest.mark.parametrize("n", [0, -1])
def test_calendar_counts_from_one(n):
    with pytest.raises(ValueError, match="counted from 1"):
        CALENDAR.add(date(2026, 11, 23), n)


def test_calendar_counts_backwards_strictly_before_the_day():
    assert CALENDAR.before(date(2026, 10, 8), 1) == date(2026, 9, 30)
    assert CALENDAR.before(date(2026, 10, 11), 1) == date(2026, 10, 10)


def test_calendar_without_a_working_day_is_refused():
    every_weekday = {date(2026, 1, 1) + timedelta(n): "closed" for n in range(365)}
    with pytest.raises(ValueError, match="no working day"):
        Calendar({2026: Year("published", every_weekday, {})})


@pytest.mark.parametrize(
    ("years", "reason"),
    [
        ({}, "at least one"),
        ({2025: Year("published", {}, {}), 2027: Year("published", {}, {})}, "gap"),
        ({2026: Year("published", {date(2025, 1, 1): "x"}, {})}, "does not belong"),
        ({2026: Year("published", {date(2026, 1, 3): "x"}, {date(2026, 1, 3): "x"})}, "both"),
        ({2026: Year("published", {}, {date(2026, 1, 5): "x"})}, "weekday"),
        ({2026: Year("guessed", {}, {})}, "published or provisional"),
    ],
)
def test_calendar_refuses_tables_that_cannot_be_right(years, reason):
    with pytest.raises(ValueError, match=reason):
        Calendar(years)


def test_calendar_may_begin_with_a_day_off():
    saturday, monday = date(2028, 1, 1), date(2028, 1, 3)
    calendar = Calendar({2028: Year("provisional", {}, {})})
    assert not calendar.is_working(saturday)
    assert calendar.add(saturday, 1) == monday
    assert calendar.before(date(2028, 1, 4), 1) == monday


def test_calendar_does_not_change():
    with pytest.raises(AttributeError):
        CALENDAR.years = {}
    with pytest.raises(TypeError):
        CALENDAR.years[2026] = Year("published", {}, {})


# -- Notices on top --

NOTICE_2027 = [
    (date(2027, 1, 1), False, "元旦"),
    (date(2027, 1, 4), False, "元旦"),
    (date(2027, 1, 9), True, "元旦"),
    (date(2027, 1, 10), False, ""),
    (date(2027, 1, 11), True, ""),
]


def test_overlay_replaces_a_whole_year_and_publishes_it():
    calendar = Calendar(overlay(base_years(2026, 2028), NOTICE_2027))
    assert not calendar.is_provisional(date(2027, 6, 1))
    assert (calendar.kind(date(2027, 1, 9)), calendar.name(date(2027, 1, 9))) == ("makeup", "New Year's Day")
    assert calendar.kind(date(2027, 10, 1)) == "working", "the notice does not say so, and it replaces the year"
    assert calendar.is_provisional(date(2028, 1, 3))


def test_overlay_moves_a_due_date():
    calendar = Calendar(overlay(base_years(2026, 2027), NOTICE_2027))
    assert due_at(calendar, moment("2026-12-31 10:00"), Limit(5)) == moment("2027-01-09 17:00")


def test_overlay_changes_single_days_of_years_it_does_not_replace():
    rows = [*NOTICE_2027, (date(2026, 12, 27), True, "元旦")]
    calendar = Calendar(overlay(base_years(2026, 2027), rows, {2027}))
    assert calendar.kind(date(2026, 12, 27)) == "makeup"
    assert calendar.kind(date(2026, 10, 1)) == "holiday"


def test_overlay_refuses_two_rows_of_one_day_and_unknown_years():
    with pytest.raises(ValueError, match="twice"):
        overlay(base_years(2026, 2027), [NOTICE_2027[0], NOTICE_2027[0]])
    with pytest.raises(ValueError, match="no year"):
        overlay(base_years(2025, 2026), NOTICE_2027, {2026})


# -- What people read --


def test_explain_shows_every_day_from_the_start_to_the_due_day():
    strip = explain(CALENDAR, moment("2026-09-30 10:00"), Limit(3))
    assert strip[0] == DayReason(date(2026, 9, 30), "start")
    assert {r.kind for r in strip[1:8]} == {"holiday"}
    assert {r.note for r in strip[1:8]} == {"National Day"}
    assert strip[8:] == [
        DayReason(date(2026, 10, 8), "counted", 1),
        DayReason(date(2026, 10, 9), "counted", 2),
        DayReason(date(2026, 10, 10), "due", 3, "National Day", makeup=True),
    ]


def test_explain_marks_counted_makeup_days_and_paused_days():
    strip = explain(
        CALENDAR,
        moment("2026-09-30 10:00"),
        Limit(15),
        [Pause(moment("2026-10-13 10:00"), moment("2026-10-15 10:00"), "waiting")],
    )
    by_day = {r.day: r for r in strip}
    assert by_day[date(2026, 10, 10)] == DayReason(date(2026, 10, 10), "makeup", 3, "National Day", makeup=True)
    assert by_day[date(2026, 10, 14)] == DayReason(date(2026, 10, 14), "paused", None, "waiting")
    assert by_day[date(2026, 10, 15)].kind == "paused"
    assert by_day[date(2026, 10, 11)].kind == "weekend"


def test_explain_ends_an_open_pause_where_told():
    strip = explain(
        CALENDAR,
        moment("2026-11-23 10:00"),
        Limit(3),
        [Pause(moment("2026-11-24 10:00"), None)],
        until=moment("2026-11-26 10:00"),
    )
    assert [r.kind for r in strip] == ["start", "counted", "paused", "paused", "counted", "weekend", "weekend", "due"]


def test_explain_says_why_the_last_calendar_day_moved():
    strip = explain(CALENDAR, moment("2026-11-23 10:00"), Limit(5, "calendar_day"))
    assert [r.kind for r in strip[-3:]] == ["weekend", "weekend", "due"]
    assert strip[-1] == DayReason(date(2026, 11, 30), "due", 5, MOVED_TO_WORKING_DAY)


def test_explain_shows_the_minutes_of_working_hours():
    strip = explain(CALENDAR, moment("2026-11-27 16:30"), Limit(2, "working_hour"))
    assert [(r.kind, r.minutes) for r in strip] == [("start", 30), ("weekend", None), ("weekend", None), ("due", 90)]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-11-23 10:00", 3),
        ("2026-11-26 09:00", 0),
        ("2026-11-26 17:00", 0),
        ("2026-11-26 17:01", -1),
        ("2026-11-27 10:00", -1),
        ("2026-11-29 10:00", -1),
        ("2026-11-30 10:00", -2),
    ],
)
def test_remaining_is_in_working_days_and_negative_only_when_overdue(now, left):
    assert remaining(CALENDAR, moment(now), moment("2026-11-26 17:00")) == left
