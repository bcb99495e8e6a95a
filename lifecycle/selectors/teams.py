"""Teams as pages show them: who is in them and why, what is missing, what was asked and by when it is answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lifecycle import permissions, team_rules
from lifecycle.models import Case, Consultation, ServiceTeam, TeamMember
from lifecycle.services.teams import lead_of
from park.accounts.models import User
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.deadlines.workdays import Calendar
from park.runtime.prepared import Parameter, Prepared
from park.team.models import Skill, Specialist
from profiles.items import Named

MOST, RECENT = 100, 20  # open and answered questions on the page of one's own


@dataclass(frozen=True)
class Place:
    """A place in a team; `why` says which rules call for it."""

    member: TeamMember
    why: str
    can_change: bool

    @property
    def name(self) -> str:
        return self.member.specialist.user.name if self.member.specialist else ""


@dataclass(frozen=True)
class Suggestion:
    """An expert who could be called in; `why` is empty where no rule suggests them."""

    skill: Skill
    why: str


@dataclass(frozen=True)
class Row:
    """A question with its clock, and what this reader can do with it."""

    consultation: Consultation
    clock: ClockView | None
    can_answer: bool
    can_take_back: bool

    @property
    def of_whom(self) -> str:
        skill = self.consultation.skill
        return skill.name if skill else _("Lead")


@dataclass(frozen=True)
class TeamView:
    team: ServiceTeam | None
    lead: Specialist | None
    places: Sequence[Place]
    rows: Sequence[Row]
    can_shape: bool
    can_ask: bool

    @property
    def whom(self) -> list[tuple[str, str]]:
        """Whom a question can be put to, by the code of the skill; the lead by none."""
        lead = [("", f"{_('Lead')} · {self.lead.user.name}")] if self.lead else []
        return lead + [(p.member.skill.code, f"{p.member.skill.name} · {p.name}") for p in self.places if p.name]

    @property
    def open_questions(self) -> int:
        return sum(row.consultation.is_open for row in self.rows)


def of_case(case: Case, user: User, now: datetime, in_force: Calendar | None = None) -> TeamView:
    """For the park's side. `case` as lifecycle.permissions fetched it, `in_force` the calendar if it is known already."""
    team: ServiceTeam | None = getattr(case, "service_team", None)
    if team is not None:
        team.case = case
    asked = questions_of(case) if team is not None else []
    return _view(team, case.lead, user, rows_of(asked, now, user, in_force), is_open=case.is_open)


def standing(team: ServiceTeam, user: User) -> TeamView:
    """The team of a key enterprise."""
    return _view(team, lead_of(team), user, [], is_open=team.ended_at is None)


def questions_of(case: Case) -> list[Consultation]:
    """Every question of a case, in the order in which they were asked."""
    found = ASKED.objects(case=case.pk)
    for one in found:
        one.team.case = case
    return found


def asked_in(case: Any) -> QuerySet[Consultation]:
    people = ("skill", "specialist__user", "asked_by", "answered_by", "clock")
    return Consultation.objects.filter(team__case=case).select_related("team__case", *people)


ASKED: Prepared[Consultation] = Prepared("questions_of_case", lambda: asked_in(Parameter("case")))


def rows_of(
    asked: Sequence[Consultation], now: datetime, user: User | None = None, in_force: Calendar | None = None
) -> list[Row]:
    """Questions with their clocks, the calendar being fetched once; with `user` what they can do with each."""
    if asked and in_force is None:
        in_force = calendar()
    return [
        Row(
            one,
            clock_view(one.clock, now, in_force=in_force) if one.clock else None,
            user is not None and permissions.can_answer(user, one),
            user is not None and permissions.can_take_back(user, one),
        )
        for one in asked
    ]


def of_enterprise(case: Case) -> list[tuple[str, str, str]]:
    """The team as the enterprise sees it: the code of the skill (none of the lead), what each is for, and their name.

    `case` as lifecycle.permissions fetched it for the enterprise.
    """
    lead = [("", _("Lead"), case.lead.user.name)] if case.lead else []
    return lead + [
        (row["code"], str(Named(row["zh"], row["en"])), row["name"]) for row in getattr(case, "team_rows", ())
    ]


def standing_places(enterprise: int) -> QuerySet[TeamMember]:
    """The places of the team that a key enterprise has without a case."""
    places = TeamMember.objects.current().filter(team__enterprise=enterprise, team__case=None, team__ended_at=None)
    return _read(places)


def places_of(team: ServiceTeam) -> list[TeamMember]:
    found = PLACES.objects(team=team.pk)
    for place in found:
        place.team = team
    return found


def put_to(user: User) -> QuerySet[Consultation]:
    """The open questions that somebody has to answer themselves."""
    specialist = getattr(user, "specialist", None)
    return Consultation.objects.open().filter(specialist=specialist) if specialist else Consultation.objects.none()


QUESTIONS: Prepared[Consultation] = Prepared(
    "questions_put_to",
    lambda: Consultation.objects.open().filter(specialist=Parameter("person")).order_by().values_list("pk"),
)


def how_many_put_to(user: User) -> int:
    specialist = getattr(user, "specialist", None)
    return len(QUESTIONS.tuples(person=specialist.pk)) if specialist else 0


def to_answer(user: User) -> QuerySet[Consultation]:
    """As put_to, with all that is shown of each, the most pressing first."""
    found = permissions.visible_consultations(user).filter(pk__in=put_to(user).values("pk"))
    return found.order_by("clock__due_at", "pk")


def own_questions(user: User, now: datetime) -> tuple[list[Row], list[Row], list[Row]]:
    """What is put to somebody; what they ask and wait for; what was answered last of both."""
    own = permissions.visible_consultations(user)
    asked = own.filter(asked_by=user, ended_at__isnull=True).order_by("clock__due_at", "pk")
    ended = own.filter(Q(asked_by=user) | Q(answered_by=user), ended_at__isnull=False).order_by("-ended_at", "-pk")
    first, second, third = (list(found[:MOST]) for found in (to_answer(user), asked, ended[:RECENT]))
    rows = rows_of([*first, *second, *third], now)
    return rows[: len(first)], rows[len(first) : len(first) + len(second)], rows[len(first) + len(second) :]


def reason(member: TeamMember) -> str:
    """Why the place is there, in the reader's words."""
    return _rules(member.rules) or _("called in by a colleague")


def _view(
    team: ServiceTeam | None, lead: Specialist | None, user: User, rows: Sequence[Row], *, is_open: bool
) -> TeamView:
    can_shape = team is not None and is_open and permissions.can_shape_team(user, team)
    places = places_of(team) if team is not None else []
    return TeamView(
        team,
        lead,
        [Place(one, reason(one), is_open and permissions.can_change_member(user, one)) for one in places],
        rows,
        can_shape,
        can_ask=is_open,
    )


def suggestions(team: ServiceTeam) -> list[Suggestion]:
    """Every expert that there is and the team lacks, those first whom a rule suggests."""
    taken = set(team.members.current().values_list("skill__code", flat=True))
    free = Skill.objects.filter(code__in=team_rules.rules().experts).exclude(code__in=taken)
    found = [Suggestion(skill, _rules(team.suggested.get(skill.code, []))) for skill in free]
    return sorted(found, key=lambda one: not one.why)


def _rules(codes: Iterable[str]) -> str:
    known = team_rules.rules().by_code
    return pgettext("list of names", ", ").join(str(known[code].name) if code in known else code for code in codes)


def _read(places: QuerySet[TeamMember]) -> QuerySet[TeamMember]:
    return places.select_related("skill", "department", "specialist__user").order_by("since", "pk")


PLACES: Prepared[TeamMember] = Prepared(
    "places_of_team", lambda: _read(TeamMember.objects.current().filter(team=Parameter("team")))
)
