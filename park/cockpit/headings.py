"""What the figures of the cockpit are called, where they lead, and what is said when something stands still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from lifecycle.enums import Stage
from park.accounts.templatetags.portal import moment_words
from park.cockpit.scope import PERIOD_WORDS, Scope
from park.cockpit.selectors.board import Tally, Week, Weeks
from park.cockpit.selectors.figures import SETTLED
from park.cockpit.selectors.pulse import Pulse

FIGURE_WORDS = {
    "overdue": gettext_lazy("Overdue"),
    "soon": gettext_lazy("Due soon"),
    "on_course": gettext_lazy("On course"),
    "paused": gettext_lazy("Paused"),
    "running": gettext_lazy("In progress"),
    "hold": gettext_lazy("At risk"),
    "open": gettext_lazy("All open"),
    "kept": gettext_lazy("Kept"),
    "broken": gettext_lazy("Broken in the period"),
    "settled": gettext_lazy("All settled"),
    "extended": gettext_lazy("Kept by an extension"),
}
SIGNALS = {"overdue": "red", "soon": "amber", "on_course": "green", "paused": "paused", "kept": "met"}
FILTERS = ("open", "overdue", "soon", "on_course", "paused", "kept", "broken")


def figures(scope: Scope) -> list[dict[str, Any]]:
    """The filter over a list: other figures of the same scope."""
    return [
        {
            "url": scope.link(name),
            "label": FIGURE_WORDS[name],
            "current": name == scope.figure,
            "signal": SIGNALS.get(name, ""),
            "count": None,
        }
        for name in FILTERS
    ]


def narrowed(scope: Scope, rows: Sequence[Any], procedures: Mapping[str, str]) -> list[dict[str, str]]:
    """What the list is narrowed to, each with the address that lifts it; names come from the rows themselves.

    `procedures` are the names of procedures by code.
    """
    first = rows[0].clock if rows else None
    names: dict[str, object] = {}
    if scope.week:
        names["week"] = _("week from %(day)s") % {"day": scope.week}
    elif scope.figure in SETTLED:
        names[""] = PERIOD_WORDS[scope.period]
    if scope.department:
        names["department"] = first.department if first else scope.department
    if scope.procedure:
        names["procedure"] = procedures.get(scope.procedure, scope.procedure)
    if scope.stage:
        names["stage"] = Stage(scope.stage).label if scope.stage in Stage.values else scope.stage
    if scope.kind:
        names["kind"] = first.label if first else scope.kind
    if scope.person:
        names["person"] = first.responsible if first and first.responsible else _("nobody yet")
    return [
        {"label": str(label), "url": scope.link(scope.figure, **{name: ""}) if name else ""}
        for name, label in names.items()
    ]


@dataclass(frozen=True)
class Line:
    """A tally with the list behind each of its figures. `most` is what fills a whole bar of its table."""

    tally: Tally
    scope: Scope
    narrows: dict[str, str]
    most: int = 0

    @property
    def links(self) -> dict[str, str]:
        return {name: self.scope.link(name, **self.narrows) for name in FIGURE_WORDS}

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The open clocks as parts of a bar: on course, paused, soon, overdue."""
        found: list[dict[str, Any]] = []
        x = 0.0
        for name in ("on_course", "paused", "soon", "overdue"):
            width = round(100 * getattr(self.tally, name) / self.most, 2) if self.most else 0
            if width:
                found.append({"x": round(x, 2), "width": width, "signal": SIGNALS[name]})
            x += width
        return found


@dataclass(frozen=True)
class HeatRow:
    """One department's row of the heat table."""

    code: str
    name: str
    weeks: list[Week]
    scope: Scope

    @property
    def cells(self) -> list[tuple[Week, str]]:
        return [
            (week, self.scope.link("broken", department=self.code, week=week.monday.isoformat())) for week in self.weeks
        ]


def charted(weeks: Weeks) -> dict[str, Any]:
    """The rate of each week for the chart, and the same as rows of a table."""
    names = [f"{week.monday.month}/{week.monday.day}" for week in weeks.total]
    series = {"name": str(_("Kept promises")), "data": [week.rate for week in weeks.total], "tone": "accent"}
    return {
        "spec": {"kind": "line", "labels": names, "series": [series], "unit": "%", "whole": False},
        "heads": [_("Week from"), _("Kept"), _("Broken"), _("Rate")],
        "rows": [
            [name, week.kept, week.broken, "–" if week.rate is None else f"{week.rate} %"]
            for name, week in zip(names, weeks.total, strict=True)
        ],
    }


SLOW_MS = 1000
BAR = 100 / 60


def beats(beat: Pulse) -> list[dict[str, Any]]:
    """The bars of the last hour: taller on a logarithmic scale the longer the slowest sweep of the minute took."""
    found = []
    for number, minute in enumerate(beat.minutes):
        if minute.runs:
            height = min(100, round(30 + 20 * log10(max(1, minute.slowest_ms))))
            x = round(number * BAR, 2)
            found.append({"x": x, "y": 100 - height, "height": height, "late": minute.slowest_ms >= SLOW_MS})
    return found


RUNG_WORDS = {
    "W1": gettext_lazy("60 % used, or 1 day left of a short limit"),
    "W2": gettext_lazy("3 days left, or due today"),
    "W3": gettext_lazy("1 day left"),
    "B0": gettext_lazy("due and not done: apology"),
    "B1": gettext_lazy("1 or 2 days over"),
    "B2": gettext_lazy("3 or 5 days over"),
}


def ladder(beat: Pulse) -> list[dict[str, Any]]:
    """The rungs that have spoken today, each with when it does."""
    return [{"code": step.code, "spoken": step.spoken, "words": RUNG_WORDS[step.code]} for step in beat.ladder]


def span_words(seconds: int) -> str:
    """`+4 days`, `−3 hours` or `+50 seconds`: by how much a clock has moved."""
    sign, size = ("+" if seconds >= 0 else "−"), abs(seconds)
    if size >= 86400:
        return sign + ngettext("%(n)s day", "%(n)s days", size // 86400) % {"n": size // 86400}
    if size >= 3600:
        return sign + ngettext("%(n)s hour", "%(n)s hours", size // 3600) % {"n": size // 3600}
    return sign + ngettext("%(n)s second", "%(n)s seconds", size) % {"n": size}


def troubles(beat: Pulse) -> list[str]:
    """One sentence for each thing that stands still; empty while everything runs."""
    found = []
    if beat.held_since:
        words = _(
            "The server's clock has jumped by %(moved)s. Nothing is judged by it since %(moment)s: nobody is warned, and no "
            "limit counts as broken. It goes on by itself when the clock is back."
        )
        found.append(
            words % {"moved": span_words(beat.moved_seconds), "moment": moment_words(beat.held_since, beat.now)}
        )
    if beat.last_sweep_at is None:
        found.append(_("No sweep has ever run. Due dates are right on every page, but nobody is warned."))
    elif beat.sweep_is_late:
        words = _("The sweep stands still since %(moment)s. Due dates are right on every page, but nobody is warned.")
        found.append(words % {"moment": moment_words(beat.last_sweep_at, beat.now)})
    if beat.unfired_since and beat.rung_is_late:
        words = ngettext(
            "%(count)s rung is due and has not fired, since %(moment)s.",
            "%(count)s rungs are due and have not fired, the oldest since %(moment)s.",
            beat.unfired,
        )
        found.append(words % {"count": beat.unfired, "moment": moment_words(beat.unfired_since, beat.now)})
    if beat.mail_since and beat.mail_is_late:
        words = ngettext(
            "%(count)s message waits to be sent, since %(moment)s.",
            "%(count)s messages wait to be sent, the oldest since %(moment)s.",
            beat.mails,
        )
        found.append(words % {"count": beat.mails, "moment": moment_words(beat.mail_since, beat.now)})
    if beat.dead:
        words = ngettext(
            "%(count)s message could not be delivered and was given up. It can be sent again in the outbox.",
            "%(count)s messages could not be delivered and were given up. They can be sent again in the outbox.",
            beat.dead,
        )
        found.append(words % {"count": beat.dead})
    if beat.passed_over:
        words = ngettext(
            "%(count)s event could not be handled and was passed over. The administrator can hand it on again.",
            "%(count)s events could not be handled and were passed over. The administrator can hand them on again.",
            beat.passed_over,
        )
        found.append(words % {"count": beat.passed_over})
    if beat.failing:
        words = _("Readers of the event log that fail: %(names)s. Notices may come late.")
        found.append(words % {"names": pgettext("list of names", ", ").join(beat.failing)})
    return found
