from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Unit(TextChoices):
    WORKING_DAY = "working_day", _("working days")
    CALENDAR_DAY = "calendar_day", _("calendar days")
    WORKING_HOUR = "working_hour", _("working hours")


class ClockState(TextChoices):
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    MET = "met", _("kept")
    BREACHED_THEN_MET = "breached_then_met", _("done late")
    CANCELLED = "cancelled", _("cancelled")


OPEN = (ClockState.RUNNING, ClockState.PAUSED)


class PauseReason(TextChoices):
    """The only reasons for which a clock stands still; the service standard says which of them a node allows."""

    AWAIT_SUPPLEMENT = "await_supplement", _("waiting for the enterprise to correct its materials")
    AWAIT_APPLICANT_CONFIRM = "await_applicant_confirm", _("waiting for the enterprise to confirm or sign")
    AWAIT_EXTERNAL_AUTHORITY = "await_external_authority", _("waiting for an outside authority")
    SITE_ACCESS = "site_access", _("survey on site")
    EXPERT_REVIEW_OR_TEST = "expert_review_or_test", _("expert review or test")
    APPLICANT_SCHEDULE = "applicant_schedule", _("put off at the enterprise's request")
    PUBLICITY_PERIOD = "publicity_period", _("public notice is running")
    FILING_WINDOW_CLOSED = "filing_window_closed", _("the filing window is not open")
    FORCE_MAJEURE = "force_majeure", _("force majeure")


class ExtensionState(TextChoices):
    ASKED = "asked", _("waiting for a decision")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class Signal(TextChoices):
    GREEN = "green", _("on course")
    AMBER = "amber", _("due soon")
    RED = "red", _("overdue")
    PAUSED = "paused", _("paused")
    MET = "met", _("done")


class Source(TextChoices):
    """What woke the sweep that fired a rung."""

    BEAT = "beat", _("schedule")
    FALLBACK = "fallback", _("fallback")
    COMMAND = "command", _("command")
    REQUEST = "request", _("a person's act")
