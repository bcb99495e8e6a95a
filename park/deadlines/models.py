"""Every promise with a date: working days, clocks, their pauses, and the rungs that have fired.

A deadline is a stored instant. What is due is found by the database; nothing here is ever counted down.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import reads_chinese
from park.accounts.models import Enterprise
from park.deadlines.enums import OPEN, ClockState, ExtensionState, PauseReason, Source, Unit
from park.team.models import Department, Specialist

RUNGS = ("W1", "W2", "W3", "B0", "B1", "B2")


class CalendarYear(models.Model):
    """A year whose days an administrator has set from the State Council's notice; it replaces the built-in one."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    is_published = models.BooleanField(_("notice published"), default=True)
    source = models.CharField(_("notice"), max_length=200, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day on which a year departs from Monday to Friday: a holiday, or a weekend day that is worked."""

    year = models.ForeignKey(CalendarYear, models.CASCADE, related_name="days", verbose_name=_("year"))
    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"))
    name_zh = models.CharField(_("name in Chinese"), max_length=60, blank=True)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]

    def __str__(self) -> str:
        return str(self.day)


class ClockQuerySet(models.QuerySet["Clock"]):
    def open(self) -> "ClockQuerySet":
        return self.filter(state__in=OPEN)

    def overdue(self, now: datetime) -> "ClockQuerySet":
        """Open and late, whether or not any sweep has noticed."""
        return self.filter(
            models.Q(state=ClockState.RUNNING, due_at__lt=now) | models.Q(state=ClockState.PAUSED, is_breached=True)
        )

    def with_pauses(self) -> "ClockQuerySet":
        """Each clock with its pauses in order, and what was asked and granted, in one query; see clock_view."""
        extensions = Extension.objects.filter(clock=models.OuterRef("pk"))
        granted, asked = (extensions.filter(state=s) for s in (ExtensionState.GRANTED, ExtensionState.ASKED))
        rows = Pause.objects.filter(clock=models.OuterRef("pk")).order_by("started_at", "pk")
        columns = JSONObject(started_at="started_at", ended_at="ended_at", reason="reason")
        return self.annotate(
            pause_rows=ArraySubquery(rows.values_list(columns)),
            extension_reason=models.Subquery(granted.values("reason")[:1]),
            asked_pk=models.Subquery(asked.values("pk")[:1]),
            asked_by_name=models.Subquery(asked.values("asked_by__name")[:1]),
        )

    def soon(self, now: datetime) -> "ClockQuerySet":
        return self.filter(state=ClockState.RUNNING, due_at__gte=now, amber_at__lte=now)


class Clock(models.Model):
    """One deadline of one thing. The thing points at its clock; the clock carries what dashboards group by."""

    kind = models.CharField(_("kind"), max_length=40)
    label_zh = models.CharField(_("name in Chinese"), max_length=120)
    label_en = models.CharField(_("name in English"), max_length=120)
    stage = models.CharField(_("stage"), max_length=20)
    procedure = models.CharField(_("procedure"), max_length=20)
    # No index of their own: dashboards read open clocks by due date, and every index is written at every rung.
    department = models.ForeignKey(
        Department, models.PROTECT, db_index=False, related_name="clocks", verbose_name=_("department")
    )
    responsible = models.ForeignKey(
        Specialist,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="clocks",
        verbose_name=_("responsible"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="clocks",
        verbose_name=_("enterprise"),
    )
    lead = models.ForeignKey(
        Specialist,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="led_clocks",
        verbose_name=_("lead"),
    )
    thread = models.CharField(_("timeline"), max_length=60)
    path = models.CharField(_("page for staff"), max_length=200, blank=True)
    enterprise_path = models.CharField(_("page for the enterprise"), max_length=200, blank=True)
    standard_version = models.PositiveIntegerField(_("version of the standard"))
    amount = models.PositiveSmallIntegerField(_("limit"))
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.WORKING_DAY)
    started_at = models.DateTimeField(_("started"))
    first_due_at = models.DateTimeField(_("first promise"))
    due_at = models.DateTimeField(_("due"))
    extended_by = models.PositiveSmallIntegerField(_("extended by"), default=0, db_default=0)
    promised_at = models.DateTimeField(_("due without the extension"), null=True, blank=True)
    revision = models.PositiveSmallIntegerField(_("revision of the due date"), default=1)
    is_provisional = models.BooleanField(_("in a year without its notice"), default=False)
    # the last change of the calendar that has moved it; no foreign key, which would be checked row by row for all of them
    redated_by = models.BigIntegerField(_("last moved by change of the calendar"), null=True, blank=True)
    # by the calendar alone it would have been late at once: up to the date it had before, that is held against nobody
    spared_until = models.DateTimeField(_("late only by the calendar until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=ClockState, default=ClockState.RUNNING)
    ladder_at = ArrayField(models.DateTimeField(null=True), size=len(RUNGS), verbose_name=_("ladder"))
    amber_at = models.DateTimeField(_("amber from"), null=True)
    next_rung = models.PositiveSmallIntegerField(_("next rung"), null=True)
    next_rung_at = models.DateTimeField(_("next rung due"), null=True)
    is_breached = models.BooleanField(_("broken"), default=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = [
            # sweep.SWEEP: the only index that finding what is due needs
            models.Index(
                fields=["next_rung_at"],
                name="clock_next_rung",
                condition=models.Q(state="running", next_rung_at__isnull=False),
            ),
            # cockpit and queues: running clocks by due date, then paused ones
            models.Index(
                fields=["-state", "due_at"], name="clock_open_due", condition=models.Q(state__in=["running", "paused"])
            ),
            # cockpit: what was finished in a period
            models.Index(fields=["stopped_at"], name="clock_stopped", condition=models.Q(stopped_at__isnull=False)),
            models.Index(fields=["thread"], name="clock_thread"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_rung__isnull=True, next_rung_at__isnull=True)
                | models.Q(next_rung__isnull=False, next_rung_at__isnull=False, state=ClockState.RUNNING),
                name="clock_next_rung_only_while_running",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN, stopped_at__isnull=True)
                | (~models.Q(state__in=OPEN) & models.Q(stopped_at__isnull=False)),
                name="clock_stopped_at_fits_state",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="clock_limit_positive"),
            models.CheckConstraint(
                condition=models.Q(extended_by=0, promised_at__isnull=True)
                | models.Q(extended_by__gt=0, promised_at__lt=models.F("due_at")),
                name="clock_promised_before_extended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def label(self) -> str:
        return self.label_zh if reads_chinese() or not self.label_en else self.label_en

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Pause(models.Model):
    """A stretch in which a clock stood still. At most one is open."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="pauses", verbose_name=_("clock"))
    reason = models.CharField(_("reason"), max_length=30, choices=PauseReason)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("by"))
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    recorded_at = models.DateTimeField(_("recorded later, at"), null=True, blank=True)
    review_at = models.DateTimeField(_("to be looked at again"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["started_at", "pk"]
        indexes = [
            # duties.review_pauses
            models.Index(fields=["review_at"], name="pause_review", condition=models.Q(ended_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clock"], condition=models.Q(ended_at__isnull=True), name="pause_one_open"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("started_at")),
                name="pause_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(recorded_at__isnull=True) | models.Q(recorded_at__gt=models.F("started_at")),
                name="pause_recorded_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id}: {self.started_at} – {self.ended_at or '…'}"


class Extension(models.Model):
    """More time for a clock: asked for with a reason that the enterprise reads, decided one level up, granted once."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="extensions", verbose_name=_("clock"))
    amount = models.PositiveSmallIntegerField(_("by"))
    reason = models.TextField(_("reason, for the enterprise"))
    state = models.CharField(_("state"), max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    note = models.TextField(_("note of the decision"), blank=True, default="")

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=~models.Q(state=ExtensionState.REFUSED), name="extension_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="extension_positive"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="extension_says_why"),
            models.CheckConstraint(
                condition=models.Q(state=ExtensionState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | (
                    ~models.Q(state=ExtensionState.ASKED)
                    & models.Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("asked_by"))
                ),
                name="extension_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} +{self.amount} ({self.state})"


class Rung(models.Model):
    """A step of the ladder that has fired for one due date of one clock: once, by constraint."""

    # the unique constraint begins with it
    clock = models.ForeignKey(Clock, models.PROTECT, db_index=False, related_name="rungs", verbose_name=_("clock"))
    revision = models.PositiveSmallIntegerField(_("revision of the due date"))
    code = models.CharField(_("rung"), max_length=2)
    scheduled_for = models.DateTimeField(_("due at"))
    fired_at = models.DateTimeField(_("fired at"))
    is_skipped = models.BooleanField(_("outrun by a higher rung"), default=False)
    source = models.CharField(_("woken by"), max_length=10, choices=Source)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("rung")
        verbose_name_plural = _("rungs")
        indexes = [models.Index(fields=["fired_at"], name="rung_fired_at")]
        constraints = [
            models.UniqueConstraint(fields=["clock", "revision", "code"], name="rung_once_per_due_date"),
            models.CheckConstraint(
                condition=models.Q(fired_at__gte=models.F("scheduled_for")), name="rung_never_early"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id}/{self.revision} {self.code}"


class SweepMinute(models.Model):
    """The heartbeat of the sweep: one row a minute in which it ran."""

    minute = models.DateTimeField(_("minute"), primary_key=True)
    runs = models.PositiveIntegerField(_("runs"), default=0)
    fired = models.PositiveIntegerField(_("rungs fired"), default=0)
    slowest_ms = models.PositiveIntegerField(_("slowest run, ms"), default=0)
    last_at = models.DateTimeField(_("last run"))

    class Meta:
        verbose_name = _("minute of the sweep")
        verbose_name_plural = _("minutes of the sweep")

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} ×{self.runs}"


class ClockGuard(models.Model):
    """The last reading of both clocks that one machine trusted (see guard)."""

    boot_id = models.CharField(_("start of the machine"), max_length=60, primary_key=True)
    wall = models.DateTimeField(_("wall clock"))
    boot = models.FloatField(_("seconds since the start"))
    seen_at = models.DateTimeField(_("last trusted"))
    held_since = models.DateTimeField(_("held since"), null=True, blank=True)
    moved_seconds = models.BigIntegerField(_("jumped by, seconds"), default=0)

    class Meta:
        verbose_name = _("guard of the clock")
        verbose_name_plural = _("guards of the clock")

    def __str__(self) -> str:
        return f"{self.boot_id}: {self.wall:%Y-%m-%d %H:%M:%S}"


class Duty(models.Model):
    """Something that is done once a day: whoever writes the row does it, in the same transaction."""

    name = models.CharField(_("duty"), max_length=30)
    day = models.DateField(_("day"))
    done_at = models.DateTimeField(_("done"))

    class Meta:
        verbose_name = _("duty of a day")
        verbose_name_plural = _("duties of a day")
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="duty_once_a_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class ChangeAct(models.TextChoices):
    IMPORTED = "imported", _("imported")
    REPLACED = "replaced", _("replaced")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ChangeState(models.TextChoices):
    RUNNING = "running", _("being worked off")
    DONE = "done", _("done")


class CalendarChange(models.Model):
    """A change of the working calendar, and how far the open clocks have been dated anew by it. One at a time.

    `before` and `after` are the years it touches as they were and as they are (see redating.table_of); `text` is the notice
    that was read.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    act = models.CharField(_("act"), max_length=10, choices=ChangeAct)
    text = models.TextField(_("notice"), blank=True)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("made"))
    state = models.CharField(_("state"), max_length=10, choices=ChangeState, default=ChangeState.RUNNING)
    earlier = models.PositiveIntegerField(_("moved earlier"), default=0)
    later = models.PositiveIntegerField(_("moved later"), default=0)
    certain = models.PositiveIntegerField(_("became certain"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of the calendar")
        verbose_name_plural = _("changes of the calendar")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="running"), name="calendar_change_one"),
            models.CheckConstraint(
                condition=models.Q(state="running", finished_at__isnull=True)
                | models.Q(state="done", finished_at__isnull=False),
                name="calendar_change_finished_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.act}"


class ChangeSlice(models.Model):
    """A stretch of the clocks, those beyond `after` up to `upto`, that one process at a time dates anew for a change.

    `cursor` is the last clock looked at in this pass; a pass that had to leave out a locked clock is followed by another.
    """

    # the unique constraint begins with it
    change = models.ForeignKey(
        CalendarChange, models.CASCADE, db_index=False, related_name="slices", verbose_name=_("change")
    )
    after = models.BigIntegerField(_("after clock"))
    upto = models.BigIntegerField(_("up to clock"))
    cursor = models.BigIntegerField(_("last clock looked at"))
    passes = models.PositiveSmallIntegerField(_("passes"), default=0)
    has_left_out = models.BooleanField(_("a clock was in use in this pass"), default=False)
    is_done = models.BooleanField(_("done"), default=False)

    class Meta:
        verbose_name = _("slice of a change of the calendar")
        verbose_name_plural = _("slices of a change of the calendar")
        ordering = ["change", "after"]
        constraints = [
            models.UniqueConstraint(fields=["change", "after"], name="change_slice_once"),
            models.CheckConstraint(
                condition=models.Q(cursor__gte=models.F("after"), cursor__lte=models.F("upto")),
                name="change_slice_cursor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.after} – {self.upto}"


class FeedKey(models.Model):
    """The secret address of a person's deadlines as a calendar. Only its SHA-256 is kept; one at a time."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="feed_keys", verbose_name=_("person")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(revoked_at__isnull=True), name="feed_key_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d}"
