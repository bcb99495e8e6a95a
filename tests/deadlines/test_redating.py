"""The statement that dates clocks anew agrees with workdays, and a change of the calendar keeps the rules."""

import random
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from park.cockpit.periods import period
from park.cockpit.selectors.figures import broken
from park.deadlines import ladder, redating, selectors, services, sweep, workdays, years
from park.deadlines.enums import PauseReason, Source
from park.deadlines.models import CalendarChange, CalendarDay, CalendarYear, Clock, Pause, Rung
from park.deadlines.notice_text import read
from park.events.models import Event
from park.notices.models import Notice
from tests.cast import Cast, at
from tests.deadlines.clocks import start

NOW = at("2026-12-21 09:30")
TITLE = "国务院办公厅关于2027年部分节假日安排的通知\n"
NEW_YEAR = TITLE + "一、元旦：2027年1月1日（周五）至3日（周日）放假，共3天。"
LATER = TITLE + "一、元旦：2027年1月1日（周五）至5日（周二）放假，共5天。"
SWAPPED = TITLE + "一、元旦：2027年1月1日（周五）至4日（周一）放假调休，共4天。1月9日（周六）上班。"
WORKED = TITLE + "一、元旦：1月1日（周五）放假，共1天。1月2日（周六）、1月3日（周日）上班。"


def extend(clock: Clock, by: int, calendar: workdays.Calendar) -> None:
    clock.extended_by, clock.promised_at = by, clock.due_at
    clock.due_at = workdays.due_at(calendar, clock.started_at, selectors.limit_of(clock))
    clock.save()


def imported(text: str, cast: Cast, now: datetime = NOW) -> CalendarChange:
    return redating.apply_all(years.set_year(read(text), by=cast.shen, now=now, text=text), now)


@pytest.mark.django_db
def test_the_statement_agrees_with_workdays_on_random_clocks_pauses_and_calendars(cast: Cast):
    draw = random.Random(2027)
    old = selectors.calendar()
    for _round in range(4):
        table = {**old.years}
        for number in (2026, 2027):
            days = [date(number, 1, 1) + timedelta(n) for n in draw.sample(range(364), 25)]
            off = {day: "x" for day in days if day.weekday() < 5}
            on = {day: "x" for day in days if day.weekday() >= 5}
            table[number] = workdays.Year("published", {**old.years[number].off, **off}, on)
            for day in on:
                table[number].off.pop(day, None)  # type: ignore[attr-defined]
        new = workdays.Calendar(table)
        for _clock in range(60):
            begun = at("2026-01-01 00:00") + timedelta(hours=draw.randrange(24 * 500))
            clock = start(cast, draw.randint(1, 40), now=begun)
            if draw.randrange(3) == 0:
                extend(clock, draw.randint(1, clock.amount), old)
            if draw.randrange(6) == 0:  # due before the opening, whatever has shaped that
                Clock.objects.filter(pk=clock.pk).update(due_at=F("due_at") - timedelta(hours=11))
            last = begun
            for _pause in range(draw.randrange(4)):
                first = last + timedelta(hours=draw.randrange(24 * 12))
                last = first + timedelta(hours=draw.randrange(24 * 9))
                Pause.objects.create(clock=clock, reason="site_access", started_at=first, ended_at=last)
        window = redating._window(old, new)
        assert window is not None
        with redating._tables(old, new), connection.cursor() as cursor:
            cursor.execute(redating.LOOK, {"first": window[0], "last": window[1]})
            redating._plan(old, new, at("2024-01-01 09:00"))
            cursor.execute("SELECT * FROM redate_plan")
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        assert len(rows) > 50
        by_pk = Clock.objects.with_pauses().in_bulk([row["id"] for row in rows])
        floor = workdays.at(new.add(date(2024, 1, 1), 2), workdays.OFFICE_HOURS.closes)
        for row in rows:
            assert row == redating._row(by_pk[row["id"]], old, new, floor)
        Pause.objects.all().delete()
        Clock.objects.all().delete()


@pytest.mark.django_db
def test_an_extended_clock_moves_with_its_promise(cast: Cast):
    clock = start(cast, 10, now=NOW)
    asked = services.ask_extension(clock, amount=3, reason="外部系统停机", by=cast.wang.user, now=NOW)
    services.decide_extension(asked, grant=True, by=cast.qian.user, now=NOW)
    clock.refresh_from_db()
    before = clock.due_at
    proposal = years.propose(read(LATER))
    effect = redating.preview(proposal.old, proposal.new, NOW)
    due, promised = (workdays.due_at(proposal.new, NOW, workdays.Limit(days)) for days in (13, 10))
    assert [(move.before, move.after) for move in effect.moves] == [(before, due)]
    imported(LATER, cast)
    clock.refresh_from_db()
    assert (clock.due_at, clock.promised_at, clock.revision) == (due, promised, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(("now", "upcoming"), [("2027-01-05 10:00", 1), ("2027-01-06 10:00", 2)])
def test_a_warning_moves_without_its_date_and_is_not_told_twice(cast: Cast, now: str, upcoming: int):
    clock = start(cast, 18, now=NOW)
    sweep.fire(source=Source.COMMAND, now=at(now))
    imported(SWAPPED, cast, at(now))
    fresh = Clock.objects.get(pk=clock.pk)
    assert (fresh.due_at, fresh.revision) == (clock.due_at, 1)
    assert (clock.ladder_at[0], fresh.ladder_at[0]) == (at("2027-01-06 09:00"), at("2027-01-07 09:00"))
    assert (fresh.next_rung, fresh.next_rung_at) == (upcoming, fresh.ladder_at[upcoming - 1])


@pytest.mark.django_db
def test_a_later_date_is_a_new_revision_with_a_ladder_of_its_own(cast: Cast):
    clock = start(cast, 10, now=NOW)
    before = clock.due_at
    change = imported(LATER, cast)
    clock.refresh_from_db()
    calendar = selectors.calendar()
    assert clock.due_at == workdays.due_at(calendar, NOW, workdays.Limit(10)) > before
    assert (clock.revision, clock.first_due_at, clock.is_provisional) == (2, before, False)
    steps = ladder.rungs(workdays.Limit(10), NOW, clock.due_at, calendar)
    assert clock.ladder_at == [step.at if step else None for step in steps]
    assert clock.next_rung_at == min(step.at for step in steps if step)
    assert (change.later, change.earlier, change.certain, change.state) == (1, 0, 1, "done")
    assert (clock.redated_by, clock.spared_until) == (change.pk, None)
    moved = Event.objects.get(kind="clock.redated", subject_id=str(clock.pk)).data
    told = [datetime.fromisoformat(moved[name]) for name in ("before_at", "due_at", "would_have_been_at")]
    assert told == [before, clock.due_at, clock.due_at]
    assert Event.objects.get(kind="calendar.changed").data["later"] == 1


@pytest.mark.django_db
def test_a_clock_across_no_changed_day_becomes_certain_and_keeps_its_date(cast: Cast):
    clock = start(cast, 9, now=NOW)
    assert clock.is_provisional
    imported(NEW_YEAR, cast)
    fresh = Clock.objects.get(pk=clock.pk)
    assert (fresh.due_at, fresh.revision, fresh.is_provisional) == (clock.due_at, 1, False)
    assert fresh.redated_by is None
    assert not Event.objects.filter(kind="clock.redated").exists()


@pytest.mark.django_db
def test_no_clock_is_moved_to_less_than_two_working_days_from_now(cast: Cast):
    now = at("2026-12-31 10:00")
    begun = at("2026-12-28 10:00")
    clock = start(cast, 5, now=begun)  # 29, 30, 31, then Monday the 4th and Tuesday the 5th
    assert workdays.local_day(clock.due_at) == date(2027, 1, 5)
    imported(WORKED, cast, now)
    clock.refresh_from_db()
    moved = Event.objects.get(kind="clock.redated").data
    assert workdays.local_day(datetime.fromisoformat(moved["would_have_been_at"])) == date(2027, 1, 3)
    assert clock.due_at == workdays.at(date(2027, 1, 3), workdays.OFFICE_HOURS.closes)
    # by the new calendar the 2nd and 3rd are worked: the second working day from now is the 3rd


@pytest.mark.django_db
def test_a_breach_that_only_the_calendar_makes_is_marked_and_not_recorded(cast: Cast):
    clock = start(cast, 3, now=at("2026-12-30 10:00"))  # 31, 4, 5
    now = at("2027-01-04 10:00")
    imported(WORKED, cast, now)
    clock.refresh_from_db()
    assert not clock.is_breached
    assert clock.due_at > now
    # the date that would have been had passed, and the floor left the old one in place
    assert workdays.local_day(clock.due_at) == date(2027, 1, 5)
    assert clock.redated_by is None


@pytest.mark.django_db
def test_who_is_late_only_by_the_calendar_is_spared_up_to_the_date_of_before(cast: Cast):
    imported(TITLE + "一、元旦：2027年1月1日（周五）至10日（周日）放假，共10天。", cast)
    clock = start(cast, 6, now=at("2026-12-29 10:00"))  # 30, 31, then the 11th to the 14th
    now, before = at("2027-01-08 10:00"), clock.due_at
    change = years.set_year(read(NEW_YEAR), by=cast.shen, now=now, text=NEW_YEAR, replacing=2027)
    redating.apply_all(change, now)  # due on the 7th by this one
    clock.refresh_from_db()
    assert workdays.local_day(before) == date(2027, 1, 14)
    assert workdays.local_day(clock.due_at) == date(2027, 1, 12)
    assert clock.spared_until == before
    month = period("year", now)
    for moment, is_broken in (("2027-01-13 10:00", False), ("2027-01-15 10:00", True)):
        found = Clock.objects.filter(broken(at(moment), month), pk=clock.pk)
        assert found.exists() == is_broken


@pytest.mark.django_db
def test_slices_share_the_open_clocks_evenly_and_reach_all_that_come(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redating, "SLICE_AT_LEAST", 2)
    clocks = [start(cast, 10, now=NOW) for _ in range(8)]
    change = years.set_year(read(LATER), by=cast.shen, now=NOW, text=LATER)
    bounds = list(change.slices.order_by("after").values_list("after", "upto"))
    assert [upto for _after, upto in bounds[:-1]] == [after for after, _upto in bounds[1:]]
    assert (bounds[0][0], bounds[-1][1]) == (0, redating.END)
    held = [sum(after < clock.pk <= upto for clock in clocks) for after, upto in bounds]
    assert held == [2, 2, 2, 2]


@pytest.mark.django_db
def test_a_rung_that_was_told_is_not_told_again_for_the_new_date(cast: Cast):
    begun = at("2026-12-21 09:30")
    clock = start(cast, 12, now=begun)
    now = clock.ladder_at[0] + timedelta(hours=1)
    sweep.fire(source=Source.COMMAND, now=now)
    assert Rung.objects.get(clock=clock).code == "W1"
    imported(LATER, cast, now)
    clock.refresh_from_db()
    assert clock.revision == 2
    assert Rung.objects.get(clock=clock, revision=2).is_skipped
    assert clock.next_rung_at is None or clock.next_rung_at > now
    told = Notice.objects.filter(dedupe_key__startswith=f"rung:{clock.pk}:").count()
    sweep.fire(source=Source.COMMAND, now=now)
    assert Notice.objects.filter(dedupe_key__startswith=f"rung:{clock.pk}:").count() == told


@pytest.mark.django_db
def test_a_paused_clock_keeps_its_date_and_learns_that_its_year_is_certain(cast: Cast):
    clock = start(cast, 10, now=NOW)
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=NOW + timedelta(hours=1))
    before = clock.due_at
    imported(LATER, cast, NOW + timedelta(hours=2))
    clock.refresh_from_db()
    assert (clock.due_at, clock.state, clock.is_provisional, clock.next_rung) == (before, "paused", False, None)


@pytest.mark.django_db
@pytest.mark.parametrize("unit", ["calendar_day", "working_hour", "working_day"])
def test_other_units_are_dated_anew_too(cast: Cast, unit: str):
    clock = start(cast, {"calendar_day": 13, "working_hour": 60, "working_day": 9}[unit], now=NOW, unit=unit)
    imported(LATER, cast)
    fresh = Clock.objects.get(pk=clock.pk)
    assert fresh.due_at == workdays.due_at(selectors.calendar(), NOW, selectors.limit_of(fresh))
    assert fresh.revision == 2


@pytest.mark.django_db
def test_a_second_change_is_refused_while_the_first_is_worked_off(cast: Cast):
    years.set_year(read(LATER), by=cast.shen, now=NOW, text=LATER)
    with pytest.raises(years.ChangeUnderWay):
        years.withdraw_year(2027, by=cast.shen, now=NOW)
    assert CalendarYear.objects.get().year == 2027


@pytest.mark.django_db
def test_a_withdrawn_year_gives_back_the_dates_it_moved(cast: Cast):
    clock = start(cast, 10, now=NOW)
    before = clock.due_at
    imported(LATER, cast)
    change = redating.apply_all(years.withdraw_year(2027, by=cast.shen, now=NOW), NOW)
    clock.refresh_from_db()
    assert (clock.due_at, clock.revision, clock.is_provisional) == (before, 3, True)
    assert change.earlier == 1
    assert not CalendarDay.objects.exists()


@pytest.mark.django_db
def test_batches_take_up_where_the_last_one_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redating, "BATCH", 2)
    clocks = [start(cast, 10, now=NOW) for _ in range(5)]
    change = years.set_year(read(LATER), by=cast.shen, now=NOW, text=LATER)
    assert redating.work_off(NOW, seconds=-1) == 2
    change.refresh_from_db()
    assert (change.later, change.slices.get().cursor) == (2, clocks[1].pk)
    redating.apply_all(change, NOW)
    assert change.later == 5
    assert set(Clock.objects.values_list("revision", flat=True)) == {2}


@pytest.mark.django_db
def test_a_change_is_done_only_when_nothing_that_began_beside_it_can_be_left(cast: Cast):
    start(cast, 10, now=NOW)
    change = years.set_year(read(LATER), by=cast.shen, now=NOW, text=LATER)
    for _ in range(3):
        redating.work_off(NOW)
        change.refresh_from_db()
        assert change.state == "running"
    redating.work_off(NOW + redating.SETTLE)
    change.refresh_from_db()
    assert (change.state, change.later) == ("done", 1)


@pytest.mark.django_db
def test_a_preview_says_what_the_change_then_does(cast: Cast):
    start(cast, 10, now=NOW)
    start(cast, 2, now=NOW)
    proposal = years.propose(read(LATER))
    effect = redating.preview(proposal.old, proposal.new, NOW)
    assert (effect.open, effect.later, effect.earlier, effect.unmoved) == (2, 1, 0, 1)
    change = imported(LATER, cast)
    assert (change.later, change.earlier, change.certain) == (effect.later, effect.earlier, effect.certain)


@pytest.mark.django_db
def test_the_alarm_about_a_missing_year_is_told_once(cast: Cast):
    assert years.missing_year(date(2026, 11, 15)) is None
    assert years.missing_year(date(2026, 11, 16)) == 2027
    assert years.warn_of_missing(at("2026-11-16 09:00")) == 1
    assert years.warn_of_missing(at("2026-11-17 09:00")) == 0
    assert Notice.objects.filter(recipient=cast.admin, kind="calendar.missing").count() == 1
    imported(NEW_YEAR, cast)
    assert years.missing_year(date(2026, 12, 1)) is None
