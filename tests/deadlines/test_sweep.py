"""What the sweep finds, fires and tells: each rung once, whatever happens."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from park.accounts.models import User
from park.deadlines import services, sweep
from park.deadlines.enums import PauseReason, Source
from park.deadlines.models import Clock, Rung, SweepMinute
from park.events.models import Event
from park.notices.models import Notice, OutboxMessage
from park.notices.services import add_address, set_preferences
from park.team.models import Absence
from tests.cast import Cast, at
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

W1, W2, DUE = at("2026-11-24 09:00"), at("2026-11-25 09:00"), at("2026-11-25 17:00")
B1, B2 = at("2026-11-26 09:00"), at("2026-11-30 09:00")


def run(now: datetime) -> sweep.Swept:
    return sweep.sweep(source=Source.COMMAND, now=now)


def told(kind: str) -> set[User]:
    return {notice.recipient for notice in Notice.objects.filter(kind=kind).select_related("recipient")}


def rungs(clock: Clock) -> list[tuple[str, bool]]:
    return list(Rung.objects.filter(clock=clock).order_by("scheduled_for").values_list("code", "is_skipped"))


def test_sweep_before_the_first_rung_fires_nothing(cast: Cast) -> None:
    clock = start(cast)
    assert run(W1 - timedelta(microseconds=1)) == sweep.Swept()
    assert rungs(clock) == []


def test_rung_fires_at_its_instant_and_moves_to_the_next(cast: Cast) -> None:
    clock = start(cast)
    assert run(W1) == sweep.Swept(clocks=1, rungs=1, spoken=1)
    clock.refresh_from_db()
    assert (clock.next_rung, clock.next_rung_at, clock.is_breached) == (2, W2, False)
    rung = Rung.objects.get()
    assert (rung.code, rung.scheduled_for, rung.fired_at, rung.source) == ("W1", W1, W1, Source.COMMAND)


def test_second_sweep_fires_nothing(cast: Cast) -> None:
    start(cast)
    run(W1)
    assert run(W1) == sweep.Swept()
    assert Notice.objects.filter(kind="clock.W1.staff").count() == 1


def test_whole_ladder_fires_each_rung_once(cast: Cast) -> None:
    clock = start(cast)
    for now in (W1, W2, DUE, B1, B2, B2 + timedelta(days=30)):
        run(now)
    assert rungs(clock) == [("W1", False), ("W2", False), ("B0", False), ("B1", False), ("B2", False)]
    clock.refresh_from_db()
    assert (clock.next_rung, clock.next_rung_at, clock.is_breached) == (None, None, True)


def test_warning_is_for_the_person_responsible_alone(cast: Cast) -> None:
    start(cast)
    run(W1)
    assert told("clock.W1.staff") == {cast.wang.user}
    assert Notice.objects.get(kind="clock.W1.staff").path == "/desk/tasks/1/"
    assert not OutboxMessage.objects.filter(notice__kind__startswith="clock.").exists()


def test_breach_is_told_to_person_head_and_enterprise(cast: Cast) -> None:
    start(cast)
    run(W2)
    run(DUE)
    assert told("clock.B0.staff") == {cast.wang.user, cast.qian.user}
    assert told("clock.B0.enterprise") == {cast.chen, cast.li}
    assert {n.path for n in Notice.objects.filter(kind="clock.B0.enterprise")} == {"/cases/1/"}
    mailed = OutboxMessage.objects.filter(notice__kind__startswith="clock.B0.").values_list(
        "notice__recipient", flat=True
    )
    assert set(mailed) == {p.pk for p in (cast.wang.user, cast.qian.user, cast.chen, cast.li)}


def test_first_escalation_is_told_to_the_head(cast: Cast) -> None:
    start(cast)
    for now in (DUE, B1):
        run(now)
    assert told("clock.B1.staff") == {cast.qian.user}


def test_last_escalation_is_told_to_head_and_managers(cast: Cast) -> None:
    start(cast)
    for now in (DUE, B1, B2):
        run(now)
    assert told("clock.B2.staff") == {cast.qian.user, cast.shen}


def test_clock_in_nobodys_hands_warns_the_head(cast: Cast) -> None:
    start(cast, responsible=None)
    run(W1)
    assert told("clock.W1.staff") == {cast.qian.user}


def test_absent_person_is_replaced_by_the_substitute(cast: Cast) -> None:
    Absence.objects.create(specialist=cast.wang, first_on=W1.date(), last_on=W1.date(), substitute=cast.han)
    start(cast)
    run(W1)
    run(W2)
    assert told("clock.W1.staff") == {cast.han.user}
    assert told("clock.today.staff") == {cast.wang.user}


def test_absent_person_without_substitute_is_replaced_by_the_head(cast: Cast) -> None:
    Absence.objects.create(specialist=cast.wang, first_on=W1.date(), last_on=W1.date())
    start(cast)
    run(W1)
    assert told("clock.W1.staff") == {cast.qian.user}


def test_substitute_who_is_absent_too_or_gone_leaves_it_to_the_head(cast: Cast) -> None:
    Absence.objects.create(specialist=cast.wang, first_on=W1.date(), last_on=W2.date(), substitute=cast.han)
    Absence.objects.create(specialist=cast.han, first_on=W1.date(), last_on=W1.date())
    start(cast)
    run(W1)
    assert told("clock.W1.staff") == {cast.qian.user}
    User.objects.filter(pk=cast.han.user_id).update(is_active=False)
    run(W2)
    assert told("clock.today.staff") == {cast.qian.user}


def test_absent_head_is_replaced_by_the_substitute(cast: Cast) -> None:
    Absence.objects.create(specialist=cast.qian, first_on=DUE.date(), last_on=DUE.date(), substitute=cast.han)
    start(cast)
    run(DUE)
    assert told("clock.B0.staff") == {cast.wang.user, cast.han.user}


def test_department_without_head_tells_the_managers(cast: Cast) -> None:
    start(cast, responsible=cast.gao, department=cast.gao.department)
    run(DUE)
    assert told("clock.B0.staff") == {cast.gao.user, cast.shen}


def test_member_who_left_the_enterprise_is_told_nothing(cast: Cast) -> None:
    cast.li.memberships.update(ended_at=W1)
    start(cast)
    run(DUE)
    assert told("clock.B0.enterprise") == {cast.chen}


def test_each_rung_is_an_event_and_a_breach_happened_when_due(cast: Cast) -> None:
    clock = start(cast)
    later = DUE + timedelta(minutes=3)
    for now in (W1, W2, later, B1):
        run(now)
    found = Event.objects.filter(subject_id=str(clock.pk), subject_type="deadlines.clock").exclude(kind="clock.started")
    assert list(found.order_by("pk").values_list("kind", "at", "is_internal")) == [
        ("clock.warned", W1, True),
        ("clock.warned", W2, True),
        ("clock.breached", DUE, False),
        ("clock.escalated", B1, True),
    ]


def test_after_an_outage_only_the_highest_rung_speaks(cast: Cast) -> None:
    clock = start(cast)
    assert run(B1 + timedelta(hours=1)) == sweep.Swept(clocks=1, rungs=4, spoken=1)
    assert rungs(clock) == [("W1", True), ("W2", True), ("B0", True), ("B1", False)]
    assert set(Notice.objects.filter(kind__startswith="clock.").values_list("kind", flat=True)) == {
        "clock.B1.staff",
        "clock.B0.enterprise",
    }
    clock.refresh_from_db()
    assert (clock.is_breached, clock.next_rung_at) == (True, B2)


def test_breach_found_late_is_on_the_timeline_at_its_own_instant(cast: Cast) -> None:
    start(cast)
    run(B1)
    assert Event.objects.get(kind="clock.breached").at == DUE


def test_paused_clock_neither_warns_nor_breaches(cast: Cast) -> None:
    clock = start(cast)
    services.pause(clock, reason=PauseReason.AWAIT_SUPPLEMENT, by=None, now=at("2026-11-23 10:00"))
    assert run(B2) == sweep.Swept()


def test_new_due_date_after_a_pause_has_a_ladder_of_its_own(cast: Cast) -> None:
    clock = start(cast)
    run(W1)
    clock.refresh_from_db()
    services.pause(clock, reason=PauseReason.AWAIT_SUPPLEMENT, by=None, now=at("2026-11-24 10:00"))
    services.resume(clock, by=None, now=at("2026-11-27 10:00"))
    assert clock.due_at == at("2026-11-30 17:00")
    run(at("2026-11-27 10:00"))
    run(at("2026-11-30 17:00"))
    fired = Rung.objects.filter(clock=clock).order_by("revision", "scheduled_for")
    assert list(fired.values_list("revision", "code", "is_skipped")) == [
        (1, "W1", False),
        (2, "W1", False),
        (2, "W2", True),
        (2, "B0", False),
    ]


def test_rung_twice_for_one_due_date_is_refused_by_the_database(cast: Cast) -> None:
    clock = start(cast)
    run(W1)
    with pytest.raises(IntegrityError, match="rung_once_per_due_date"), transaction.atomic():
        Rung.objects.create(clock=clock, revision=1, code="W1", scheduled_for=W1, fired_at=W2, source=Source.BEAT)


def test_rung_before_its_instant_is_refused_by_the_database(cast: Cast) -> None:
    clock = start(cast)
    with pytest.raises(IntegrityError, match="rung_never_early"), transaction.atomic():
        Rung.objects.create(clock=clock, revision=1, code="W1", scheduled_for=W2, fired_at=W1, source=Source.BEAT)


def test_rung_that_is_there_already_is_not_told_again(cast: Cast) -> None:
    """As after a restore from a copy in which the clock had not moved yet."""
    clock = start(cast)
    Rung.objects.create(clock=clock, revision=1, code="W1", scheduled_for=W1, fired_at=W1, source=Source.BEAT)
    assert run(W1) == sweep.Swept(clocks=1, rungs=0, spoken=0)
    assert not Notice.objects.filter(kind="clock.W1.staff").exists()
    assert Rung.objects.count() == 1


def test_sweep_takes_all_batches(cast: Cast) -> None:
    for _ in range(5):
        start(cast)
    assert sweep.sweep(source=Source.COMMAND, now=W1, batch=2).rungs == 5


def test_sweep_leaves_a_heartbeat(cast: Cast) -> None:
    start(cast)
    run(W1)
    run(W1)
    beats = SweepMinute.objects.all()
    assert sum(beat.runs for beat in beats) == 2
    assert sum(beat.fired for beat in beats) == 1


def test_clock_of_a_late_department_does_not_hide_the_others(cast: Cast) -> None:
    late, fresh = start(cast), start(cast, now=at("2026-11-24 10:00"))
    run(DUE)
    assert [code for code, _ in rungs(late)] == ["W1", "W2", "B0"]
    assert rungs(fresh) == []


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_double_nothing(cast: Cast) -> None:
    clocks = [start(cast) for _ in range(30)]
    gate = threading.Barrier(4)
    swept: list[sweep.Swept] = []

    def work() -> None:
        try:
            gate.wait(timeout=10)
            swept.append(sweep.sweep(source=Source.BEAT, now=DUE, batch=5))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(DUE)
    assert len(swept) == 4
    assert Rung.objects.filter(code="B0").count() == len(clocks)
    assert Rung.objects.count() == 3 * len(clocks)
    assert Notice.objects.filter(kind="clock.B0.enterprise").count() == 2 * len(clocks)
    assert Event.objects.filter(kind="clock.breached").count() == len(clocks)


@pytest.mark.django_db(transaction=True)
def test_clock_that_is_being_stopped_is_left_to_the_one_who_stops_it(cast: Cast) -> None:
    clock = start(cast)
    swept: list[sweep.Swept] = []

    def work() -> None:
        try:
            swept.append(run(DUE + timedelta(hours=1)))
        finally:
            connection.close()

    with transaction.atomic():
        services.stop(clock, by=None, now=DUE)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=10)
        assert swept == [sweep.Swept()]
    assert run(DUE + timedelta(hours=1)) == sweep.Swept()
    assert not Notice.objects.filter(kind__startswith="clock.").exists()


def marked(mark: sweep.Mark, now: datetime, **given: int) -> int:
    return sweep.sweep(source=Source.COMMAND, now=now, mark=mark, **given).clocks


def test_whoever_sweeps_again_begins_where_everything_before_has_fired(cast: Cast) -> None:
    clocks, mark = [start(cast) for _ in range(7)], sweep.Mark()
    assert marked(mark, W1, batch=2) == len(clocks)
    assert mark.since == W1 - sweep.SETTLE
    assert marked(mark, W2, batch=2) == len(clocks)
    assert mark.since == W2 - sweep.SETTLE


def test_what_comes_to_lie_before_the_mark_is_found_by_the_next_whole_look(cast: Cast) -> None:
    mark = sweep.Mark()
    assert marked(mark, W2) == 0
    start(cast)  # its first rung is a day old
    assert marked(mark, W2) == 0
    mark.begun_at -= sweep.WHOLE_EVERY
    assert marked(mark, W2) == 1


@pytest.mark.django_db(transaction=True)
def test_clock_in_use_holds_the_mark_back(cast: Cast) -> None:
    clock, mark = start(cast), sweep.Mark()
    fired: list[int] = []

    def work() -> None:
        try:
            fired.append(marked(mark, W1))
        finally:
            connection.close()

    with transaction.atomic():
        Clock.objects.select_for_update().get(pk=clock.pk)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=10)
    assert (fired, mark.since) == ([0], None)
    assert marked(mark, W1) == 1


def test_last_day_and_breach_are_told_to_the_lead_as_well(cast: Cast) -> None:
    start(cast, lead=cast.han)
    for now in (W1, W2, DUE):
        run(now)
    assert told("clock.W1.staff") == {cast.wang.user}
    assert told("clock.today.staff") == {cast.wang.user, cast.han.user}
    assert told("clock.B0.staff") == {cast.wang.user, cast.qian.user, cast.han.user}


def test_only_what_is_due_today_or_late_leaves_the_house(cast: Cast) -> None:
    start(cast)
    for now in (W1, W2, DUE, B1):
        run(now)
    mailed = set(OutboxMessage.objects.values_list("notice__kind", flat=True))
    assert mailed == {"clock.today.staff", "clock.B0.staff", "clock.B0.enterprise", "clock.B1.staff"}


def test_breach_goes_out_by_the_channels_that_each_person_wants(cast: Cast) -> None:
    add_address(user=cast.wang.user, channel="feishu", url="https://x", host="x", secret="", now=W1)
    off, on = {("deadlines", "email"): False}, {("deadlines", "sms"): True}
    User.objects.filter(pk=cast.chen.pk).update(phone="13900000000")
    set_preferences(user=cast.wang.user, wanted=off, now=W1)
    set_preferences(user=cast.chen, wanted=on, now=W1)
    start(cast)
    run(DUE)
    assert told("clock.B0.staff") == {cast.wang.user, cast.qian.user}
    sent = set(OutboxMessage.objects.values_list("notice__recipient", "channel"))
    wang, qian, chen, li = (user.pk for user in (cast.wang.user, cast.qian.user, cast.chen, cast.li))
    assert sent == {(wang, "feishu"), (qian, "email"), (chen, "email"), (chen, "sms"), (li, "email")}


def test_apology_names_the_day_by_which_the_portal_asks_again(cast: Cast) -> None:
    start(cast)
    run(DUE)
    data = Notice.objects.filter(kind="clock.B0.enterprise").first().data
    assert datetime.fromisoformat(data["expected_at"]) == at("2026-11-26 17:00")


def test_apology_after_an_outage_still_reaches_the_enterprise(cast: Cast) -> None:
    start(cast)
    run(at("2026-11-27 10:00"))
    assert told("clock.B1.staff") == {cast.qian.user}
    assert not told("clock.B0.staff")
    assert told("clock.B0.enterprise") == {cast.chen, cast.li}
    data = Notice.objects.filter(kind="clock.B0.enterprise").first().data
    assert datetime.fromisoformat(data["expected_at"]) == at("2026-11-30 17:00")


def test_apology_after_the_last_rung_names_no_day(cast: Cast) -> None:
    start(cast)
    run(B2 + timedelta(days=3))
    assert told("clock.B0.enterprise.open") == {cast.chen, cast.li}
    assert not told("clock.B0.enterprise")


@pytest.mark.parametrize(
    ("noticed", "kind", "leaves_at"),
    [
        ("2026-11-25 23:10", "clock.B0.staff", "2026-11-25 23:10"),  # a breach is told at any hour
        ("2026-11-26 21:00", "clock.B1.staff", "2026-11-27 09:00"),
        ("2026-11-28 12:00", "clock.B1.staff", "2026-11-30 09:00"),  # a Saturday
        ("2026-11-27 10:00", "clock.B1.staff", "2026-11-27 10:00"),
    ],
)
def test_mail_waits_for_office_hours(cast: Cast, noticed: str, kind: str, leaves_at: str) -> None:
    start(cast)
    run(at(noticed))
    left = set(OutboxMessage.objects.filter(notice__kind=kind).values_list("available_at", flat=True))
    assert left == {at(leaves_at)}
