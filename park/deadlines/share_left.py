"""Tells the team below how much of its limit a piece of work has left; connected when the app is ready."""

from datetime import datetime

from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable

from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.team import limits


class Percent(Func):
    """One stretch of time as percent of another, rounded down; nothing of nothing is nothing."""

    template = "floor(100 * extract(epoch from %(expressions)s), 1))::integer"
    arg_joiner = ") / greatest(extract(epoch from "
    output_field = IntegerField()


def of_clocks(now: datetime) -> Combinable:
    """For rows that name their clock by number: percent of its limit that is left at `now`, null unless it runs."""
    left = ExpressionWrapper(F("due_at") - Value(now, DateTimeField()), DurationField())
    whole = ExpressionWrapper(F("due_at") - F("started_at"), DurationField())
    running = Clock.objects.filter(pk=OuterRef("clock"), state=ClockState.RUNNING)
    return Subquery(running.values(left=Percent(left, whole)))


limits.register(of_clocks)
