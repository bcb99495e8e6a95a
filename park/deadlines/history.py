"""What has happened to one clock, pauses, more time, rungs and who was told, changes of the calendar."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from park.accounts.templatetags.portal import before
from park.deadlines import workdays
from park.deadlines.enums import ExtensionState
from park.deadlines.models import Clock, Extension, Pause, Rung
from park.events.models import Event
from park.notices.models import Notice


@dataclass(frozen=True)
class Entry:
    """One line for components/timeline.html."""

    at: datetime
    text: str
    actor: str = ""
    who: str = ""
    now: bool = False


def of_clock(clock: Clock) -> list[Entry]:
    """Newest first; what happened in one instant, in the order in which it came about."""
    found = [*_life(clock), *_pauses(clock), *_extensions(clock), *_rungs(clock), *_redatings(clock)]
    return sorted(found, key=lambda entry: entry.at)[::-1]


def _life(clock: Clock) -> Iterator[Entry]:
    yield Entry(
        clock.started_at,
        _("The clock began to run; promised by %(due)s") % {"due": before(clock.first_due_at)},
        who=f"{clock.amount} {clock.get_unit_display()}",
    )
    if clock.stopped_at:
        yield Entry(
            clock.stopped_at, _("The clock stopped: %(state)s") % {"state": clock.get_state_display()}, now=True
        )


def _pauses(clock: Clock) -> Iterator[Entry]:
    for pause in Pause.objects.filter(clock=clock).select_related("by"):
        recorded = ""
        if pause.recorded_at:
            recorded = _("entered later, %(moment)s") % {"moment": before(pause.recorded_at)}
        who = " · ".join(part for part in (pause.by.name if pause.by else "", recorded, pause.note) if part)
        yield Entry(pause.started_at, _("Paused: %(why)s") % {"why": pause.get_reason_display()}, who=who)
        if pause.ended_at:
            yield Entry(pause.ended_at, _("Runs again"))


def _extensions(clock: Clock) -> Iterator[Entry]:
    for asked in Extension.objects.filter(clock=clock).select_related("asked_by", "decided_by"):
        words = {"n": asked.amount, "unit": clock.get_unit_display()}
        yield Entry(
            asked.asked_at, _("asked for %(n)s more %(unit)s") % words, actor=asked.asked_by.name, who=asked.reason
        )
        if asked.decided_at and asked.decided_by:
            granted = asked.state == ExtensionState.GRANTED
            text = _("granted %(n)s more %(unit)s") if granted else _("refused more time")
            yield Entry(asked.decided_at, text % words, actor=asked.decided_by.name, who=asked.note)


def _rungs(clock: Clock) -> Iterator[Entry]:
    told = _told(clock)
    for rung in Rung.objects.filter(clock=clock).order_by("fired_at", "scheduled_for"):
        sentence = {
            "W": _("Reminder %(code)s"),
            "B0": _("Due and not done (%(code)s)"),
        }.get(rung.code if rung.code == "B0" else rung.code[0], _("Still not done: taken higher (%(code)s)"))
        names = told[(rung.revision, rung.code)]
        details = [_("told: %(names)s") % {"names": pgettext("list of names", ", ").join(names)}] if names else []
        if rung.is_skipped:
            details.append(_("skipped: a higher rung spoke instead"))
        if rung.withdrawn_at:
            details.append(_("withdrawn: the date moved later"))
        yield Entry(rung.fired_at, sentence % {"code": rung.code}, who=" · ".join(details))


def _told(clock: Clock) -> dict[tuple[int, str], list[str]]:
    """The people who have a notice of each rung (see sweep.FIRE for the keys)."""
    notices = Notice.objects.filter(dedupe_key__startswith=f"rung:{clock.pk}:").select_related("recipient")
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for notice in notices.order_by("pk"):
        _rung, _pk, revision, code, _recipient = notice.dedupe_key.split(":")
        found[int(revision), code].append(notice.recipient.name)
    return found


def _redatings(clock: Clock) -> Iterator[Entry]:
    told = Event.objects.filter(thread=clock.thread, kind="clock.redated", subject_id=str(clock.pk))
    for event in told.order_by("at", "pk"):
        was_at, due_at = (datetime.fromisoformat(event.data[name]) for name in ("before_at", "due_at"))
        days = abs((workdays.local_day(due_at) - workdays.local_day(was_at)).days)
        span = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
        text = _("The calendar of %(year)s has changed: due by %(after)s instead of %(before)s") % {
            "year": event.data["year"],
            "after": before(due_at),
            "before": before(was_at),
        }
        direction = _("later by %(span)s") if due_at > was_at else _("earlier by %(span)s")
        yield Entry(event.at, text, who=direction % {"span": span})
