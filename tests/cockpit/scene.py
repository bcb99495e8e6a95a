"""A fixed scene of clocks of every kind, seen at LOOK."""

from datetime import datetime

from park.deadlines import services
from park.deadlines.enums import PauseReason
from park.deadlines.models import Clock
from tests.cast import Cast, at
from tests.deadlines.clocks import start

LOOK = at("2026-11-24 10:20")  # a Tuesday


def stopped(cast: Cast, began: str, done: str, **given: object) -> Clock:
    clock = start(cast, now=at(began), **given)
    services.stop(clock, by=None, now=at(done))
    return clock


def set_scene(cast: Cast) -> dict[str, Clock]:
    """One clock of each state; those of `gao` belong to the partner department.

    Limits are 3 working days: begun on a Wednesday, due on Monday.
    """
    elsewhere = {"responsible": cast.gao, "department": cast.gao.department, "kind": "green_channel"}
    clocks = {
        "overdue": start(cast, now=at("2026-11-18 10:00")),
        "overdue elsewhere": start(cast, now=at("2026-11-18 10:00"), **elsewhere),
        "soon": start(cast, now=at("2026-11-20 10:00")),
        "on course": start(cast, now=at("2026-11-24 09:00")),
        "in nobody's hands": start(cast, now=at("2026-11-24 09:30"), responsible=None),
        "paused": start(cast, now=at("2026-11-19 10:00")),
        "paused when late": start(cast, now=at("2026-11-18 11:00")),
        "kept this week": stopped(cast, "2026-11-19 10:00", "2026-11-23 10:00"),
        "kept last week": stopped(cast, "2026-11-16 10:00", "2026-11-18 10:00"),
        "kept last quarter": stopped(cast, "2026-09-14 10:00", "2026-09-16 10:00"),
        "broken last week, done this week": stopped(cast, "2026-11-16 10:00", "2026-11-23 11:00", **elsewhere),
        "broken last quarter": stopped(cast, "2026-09-14 10:00", "2026-09-25 10:00"),
        "cancelled": start(cast, now=at("2026-11-19 10:00")),
        "cancelled when late": start(cast, now=at("2026-11-17 10:00")),
    }
    waiting = PauseReason.AWAIT_SUPPLEMENT
    services.pause(clocks["paused"], reason=waiting, by=None, now=at("2026-11-20 10:00"))
    services.pause(clocks["paused when late"], reason=waiting, by=None, now=at("2026-11-24 09:00"))
    services.cancel(clocks["cancelled"], by=None, now=at("2026-11-20 10:00"))
    services.cancel(clocks["cancelled when late"], by=None, now=at("2026-11-23 10:00"))
    return clocks


def names(scene: dict[str, Clock], found: object) -> set[str]:
    """What the clocks found are called in the scene."""
    known = {clock.pk: name for name, clock in scene.items()}
    return {known[clock.pk] for clock in found}  # type: ignore[attr-defined]


def day(text: str) -> datetime:
    return at(f"{text} 00:00")
