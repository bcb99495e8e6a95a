"""More time: once, before the limit has passed, decided one level up; and pauses that are recorded later or last long."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from park.deadlines import services
from park.deadlines.enums import ClockState, ExtensionState, PauseReason, Source
from park.deadlines.models import Clock, Extension, Rung
from park.deadlines.services import ClockMoved, Refused
from park.deadlines.sweep import sweep
from park.events.models import Event
from park.notices.models import Notice, OutboxMessage
from tests.cast import NOW, Cast, at
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

W1, W2, DUE = at("2026-11-24 09:00"), at("2026-11-25 09:00"), at("2026-11-25 17:00")


def ask(cast: Cast, clock: Clock, amount: int = 2, when: str = "2026-11-24 10:00") -> Extension:
    return services.ask_extension(clock, amount=amount, reason="外部系统停机", by=cast.wang.user, now=at(when))


def grant(cast: Cast, asked: Extension, when: str = "2026-11-24 11:00") -> None:
    services.decide_extension(asked, grant=True, by=cast.qian.user, now=at(when))


def test_granted_extension_moves_the_due_date_and_keeps_the_promise(cast: Cast) -> None:
    clock = start(cast)
    grant(cast, ask(cast, clock))
    clock.refresh_from_db()
    assert (clock.due_at, clock.first_due_at, clock.promised_at) == (at("2026-11-27 17:00"), DUE, DUE)
    assert (clock.amount, clock.extended_by, clock.revision) == (3, 2, 2)
    event = Event.objects.get(kind="extension.granted")
    assert (event.is_internal, event.data["reason"], event.actor_id) == (False, "外部系统停机", cast.qian.user.pk)


def test_pause_after_an_extension_moves_both_dates(cast: Cast) -> None:
    clock = start(cast)
    grant(cast, ask(cast, clock))
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-24 12:00"))
    services.resume(clock, by=None, now=at("2026-11-25 12:00"))
    assert (clock.due_at, clock.promised_at) == (at("2026-11-30 17:00"), at("2026-11-26 17:00"))


def test_paused_clock_can_be_extended(cast: Cast) -> None:
    clock = start(cast)
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-23 12:00"))
    grant(cast, ask(cast, clock))
    clock.refresh_from_db()
    assert (clock.state, clock.next_rung_at, clock.extended_by) == (ClockState.PAUSED, None, 2)
    services.resume(clock, by=None, now=at("2026-11-24 12:00"))
    assert clock.due_at == at("2026-11-30 17:00")


def test_done_after_the_promise_and_within_the_extension_is_kept(cast: Cast) -> None:
    clock = start(cast)
    grant(cast, ask(cast, clock))
    services.stop(clock, by=None, now=at("2026-11-26 10:00"))
    assert clock.state == ClockState.MET
    assert clock.stopped_at > clock.promised_at


def test_extension_after_expiry_is_refused(cast: Cast) -> None:
    clock = start(cast)
    with pytest.raises(Refused):
        ask(cast, clock, when="2026-11-25 17:01")
    asked = ask(cast, clock)
    with pytest.raises(Refused):
        grant(cast, asked, when="2026-11-25 17:01")
    clock.refresh_from_db()
    assert (clock.due_at, clock.extended_by) == (DUE, 0)


def test_extension_is_granted_once(cast: Cast) -> None:
    clock = start(cast)
    grant(cast, ask(cast, clock))
    with pytest.raises(Refused):
        ask(cast, clock)


def test_only_one_request_is_open(cast: Cast) -> None:
    clock = start(cast)
    ask(cast, clock)
    with pytest.raises(Refused):
        ask(cast, clock)


def test_refused_extension_can_be_asked_for_again(cast: Cast) -> None:
    clock = start(cast)
    asked = ask(cast, clock)
    services.decide_extension(asked, grant=False, by=cast.qian.user, now=at("2026-11-24 11:00"), note="can be done")
    clock.refresh_from_db()
    assert (clock.due_at, clock.extended_by) == (DUE, 0)
    assert Event.objects.get(kind="extension.refused").is_internal
    grant(cast, ask(cast, clock))


def test_asker_does_not_decide(cast: Cast) -> None:
    clock = start(cast)
    asked = ask(cast, clock)
    with pytest.raises(Refused):
        services.decide_extension(asked, grant=True, by=cast.wang.user, now=at("2026-11-24 11:00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.filter(pk=asked.pk).update(
            state=ExtensionState.GRANTED, decided_by=cast.wang.user, decided_at=NOW
        )


@pytest.mark.parametrize("amount", [0, 4, -1])
def test_amount_is_at_most_the_promise(cast: Cast, amount: int) -> None:
    with pytest.raises(Refused):
        ask(cast, start(cast), amount=amount)


def test_second_decision_comes_too_late(cast: Cast) -> None:
    asked = ask(cast, start(cast))
    grant(cast, asked)
    with pytest.raises(ClockMoved):
        services.decide_extension(asked, grant=False, by=cast.shen, now=at("2026-11-24 12:00"))


def test_stopped_clock_is_not_extended(cast: Cast) -> None:
    clock = start(cast)
    asked = ask(cast, clock)
    services.stop(clock, by=None, now=at("2026-11-24 10:30"))
    with pytest.raises(ClockMoved):
        grant(cast, asked)


def test_warning_of_the_earlier_date_is_withdrawn(cast: Cast) -> None:
    clock = start(cast)
    sweep(source=Source.COMMAND, now=W1)
    sweep(source=Source.COMMAND, now=W2)
    assert OutboxMessage.objects.filter(notice__kind="clock.today.staff").exists()
    grant(cast, ask(cast, clock, when="2026-11-25 10:00"), when="2026-11-25 11:00")
    assert not Notice.objects.filter(kind__startswith="clock.").unread().exists()
    assert not OutboxMessage.objects.filter(notice__kind="clock.today.staff").exists()
    assert all(Rung.objects.filter(clock=clock, revision=1).values_list("withdrawn_at", flat=True))
    sweep(source=Source.COMMAND, now=at("2026-11-27 09:00"))
    assert Notice.objects.filter(kind="clock.today.staff").unread().count() == 1


def test_pause_recorded_later_counts_from_when_it_began(cast: Cast) -> None:
    clock = start(cast)
    services.pause(
        clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-24 15:00"), since=at("2026-11-23 09:00")
    )
    services.resume(clock, by=None, now=at("2026-11-24 16:00"))
    assert clock.due_at == at("2026-11-26 17:00")
    row = clock.pauses.get()
    assert (row.started_at, row.recorded_at) == (at("2026-11-23 09:00"), at("2026-11-24 15:00"))


@pytest.mark.parametrize(
    ("since", "now"),
    [
        ("2026-11-20 08:00", "2026-11-23 10:00"),  # before the start
        ("2026-11-25 09:00", "2026-11-25 17:01"),  # the limit has passed meanwhile
    ],
)
def test_pause_that_would_undo_what_is_so_is_refused(cast: Cast, since: str, now: str) -> None:
    clock = start(cast)
    with pytest.raises(Refused):
        services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at(now), since=at(since))
    clock.refresh_from_db()
    assert (clock.state, clock.pauses.count()) == (ClockState.RUNNING, 0)


def test_pause_cannot_begin_within_the_one_before(cast: Cast) -> None:
    clock = start(cast, 15)
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-23 10:00"))
    services.resume(clock, by=None, now=at("2026-11-24 10:00"))
    with pytest.raises(Refused):
        services.pause(
            clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-25 10:00"), since=at("2026-11-23 12:00")
        )


def test_pause_is_recorded_three_working_days_late_at_most(cast: Cast) -> None:
    clock = start(cast, 15)
    give = {"reason": PauseReason.SITE_ACCESS, "by": None, "now": at("2026-11-27 10:00")}
    with pytest.raises(Refused):
        services.pause(clock, since=at("2026-11-23 10:00"), **give)
    services.pause(clock, since=at("2026-11-24 10:00"), **give)


def test_reopened_clock_runs_on_with_its_dates(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-24 10:00"))
    services.reopen(clock, by=None, now=at("2026-11-24 15:00"), reason="not done after all")
    assert (clock.state, clock.due_at, clock.next_rung_at) == (ClockState.RUNNING, DUE, W1)
    sweep(source=Source.COMMAND, now=DUE)
    clock.refresh_from_db()
    assert clock.is_breached


def test_clock_reopened_after_its_limit_is_late_at_once(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-24 10:00"))
    services.reopen(clock, by=None, now=at("2026-11-27 10:00"), reason="not done after all")
    assert clock.is_breached
    assert Rung.objects.filter(clock=clock, code="B0").exists()


def test_clock_is_not_reopened_after_five_working_days(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-24 10:00"))
    with pytest.raises(Refused):
        services.reopen(clock, by=None, now=at("2026-12-02 09:00"), reason="too late")
    services.reopen(clock, by=None, now=at("2026-12-01 09:00"), reason="in time")


def test_running_clock_is_not_reopened(cast: Cast) -> None:
    with pytest.raises(ClockMoved):
        services.reopen(start(cast), by=None, now=NOW + timedelta(hours=1), reason="it runs")
