"""A lead plus the experts that industry and need call for (1+N), and what they are asked inside a case."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import ConsultationState
from lifecycle.models.cases import Case
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.team.models import Department, Skill, Specialist


class ServiceTeam(models.Model):
    """Who serves a case; without a case the standing team of a key enterprise, until `ended_at`.

    The lead stands elsewhere: Case.lead, or whoever looks after the enterprise. `suggested` holds, by codes of skills, the
    codes of the rules that suggest them besides the members.
    """

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="service_teams", verbose_name=_("enterprise")
    )
    case = models.OneToOneField(
        Case, models.PROTECT, null=True, blank=True, related_name="service_team", verbose_name=_("case")
    )
    suggested = models.JSONField(_("suggested skills"), default=dict, blank=True)
    formed_at = models.DateTimeField(_("put together"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("service team")
        verbose_name_plural = _("service teams")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(case__isnull=True, ended_at__isnull=True),
                name="team_one_standing",
            ),
            # the team of a case lasts as long as its case
            models.CheckConstraint(
                condition=models.Q(case__isnull=True) | models.Q(ended_at__isnull=True), name="team_ends_if_standing"
            ),
        ]

    def __str__(self) -> str:
        return str(self.case or self.enterprise)

    @property
    def thread(self) -> str:
        """The timeline on which it is told: that of its case, or its own."""
        return f"case:{self.case_id}" if self.case_id else f"team:{self.pk}"


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def current(self) -> "TeamMemberQuerySet":
        return self.filter(until__isnull=True)


class TeamMember(models.Model):
    """One place in a team and who has it. Without a specialist it is a gap, of which the head of the department knows.

    `rules` are the codes of the rules that call for the skill; none of a member who was called in by hand. The row of somebody
    who was replaced stays, with its end.
    """

    team = models.ForeignKey(ServiceTeam, models.PROTECT, related_name="members", verbose_name=_("service team"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="+", verbose_name=_("skill"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("department that has the skill")
    )
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="advises", verbose_name=_("expert")
    )
    rules = models.JSONField(_("called for by"), default=list, blank=True)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a service team")
        verbose_name_plural = _("members of service teams")
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "skill"], condition=models.Q(until__isnull=True), name="team_member_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="team_member_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.skill}"


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def open(self) -> "ConsultationQuerySet":
        return self.filter(state=ConsultationState.OPEN)


class Consultation(models.Model):
    """A question inside a case to one of its experts, or to its lead (no skill), on a clock of its own.

    The enterprise sees neither question nor answer, and no clock of the enterprise stands still for it.
    """

    team = models.ForeignKey(ServiceTeam, models.PROTECT, related_name="consultations", verbose_name=_("service team"))
    skill = models.ForeignKey(
        Skill, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("skill that is asked for")
    )
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, related_name="consultations", verbose_name=_("who is to answer")
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    question = models.TextField(_("question"))
    clock = models.OneToOneField(
        Clock, models.PROTECT, null=True, blank=True, related_name="consultation", verbose_name=_("clock")
    )
    state = models.CharField(_("state"), max_length=10, choices=ConsultationState, default=ConsultationState.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["asked_at", "pk"]
        indexes = [
            # selectors.teams: what somebody is asked
            models.Index(
                fields=["specialist", "asked_at"],
                name="consultation_asked",
                condition=models.Q(state=ConsultationState.OPEN),
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(question=""), name="consultation_asks_something"),
            models.CheckConstraint(
                condition=models.Q(state=ConsultationState.OPEN, ended_at__isnull=True)
                | (~models.Q(state=ConsultationState.OPEN) & models.Q(ended_at__isnull=False)),
                name="consultation_ended_fits_state",
            ),
            models.CheckConstraint(
                condition=(models.Q(state=ConsultationState.ANSWERED, answered_by__isnull=False) & ~models.Q(answer=""))
                | (~models.Q(state=ConsultationState.ANSWERED) & models.Q(answered_by__isnull=True, answer="")),
                name="consultation_answer_fits_state",
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]

    @property
    def is_open(self) -> bool:
        return self.state == ConsultationState.OPEN

    @property
    def thread(self) -> str:
        """The timeline of its clock, which is not that of the case: the enterprise reads there when a clock is late."""
        return f"consultation:{self.pk}"
