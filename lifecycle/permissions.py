"""Who may see and do what with cases and tasks. What is not visible does not exist: Http404."""

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404
from django.shortcuts import get_object_or_404

from lifecycle.enums import StandardState, TaskState, Work
from lifecycle.models import (
    Case,
    Consultation,
    CorrectionText,
    Material,
    MaterialRequirement,
    MaterialTemplate,
    MaterialVersion,
    Procedure,
    SavedFilter,
    ServiceStandard,
    ServiceTeam,
    Task,
    TeamMember,
)
from lifecycle.models.standard import SHELVES, Part, code_field
from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import enterprises_of
from park.accounts.policies import LEADERS
from park.deadlines.enums import ExtensionState
from park.deadlines.models import Extension
from park.runtime.prepared import BEYOND_NUMBERS, UID, Parameter, Prepared
from park.team.models import Specialist
from profiles.models import Document
from profiles.permissions.files import visible_enterprises


def visible_cases(user: User) -> QuerySet[Case]:
    """An enterprise's own cases; for a specialist those in which their department has begun, or in whose team they are or were
    asked something, heads like their people; for managers all."""
    cases = Case.objects.select_related(
        "procedure",
        "enterprise__profile",
        "lead__user",
        "lead__department",
        "agreement__document",
        "correction",
        "service_team",
    ).annotate(has_followers=Exists(Case.objects.filter(follows=OuterRef("pk"))))
    if user.role == Role.ENTERPRISE:
        own = cases.filter(enterprise__in=enterprises_of(user).approved())
        return own.annotate(team_rows=_team_rows())
    begun = Task.objects.filter(case=OuterRef("pk")).exclude(state=TaskState.WAITING).exclude(ready_at=None)
    if user.role == Role.MANAGER:
        return cases.filter(Exists(begun))
    specialist = getattr(user, "specialist", None)
    if user.role in {Role.SPECIALIST, Role.PARTNER} and specialist is not None:
        places, asked = _advises(specialist)
        in_team = places.filter(team__case=OuterRef("pk"))
        was_asked = asked.filter(team__case=OuterRef("pk"))
        has_step = begun.filter(_in_department_or_hands_of(specialist))
        return cases.filter(Exists(has_step) | Exists(in_team) | Exists(was_asked))
    return cases.none()


def _team_rows() -> ArraySubquery:
    """Who serves a case, for selectors.teams.of_enterprise: part of the query that fetches the case."""
    places = TeamMember.objects.current().filter(team__case=OuterRef("pk"), specialist__isnull=False)
    columns = JSONObject(code="skill__code", zh="skill__name_zh", en="skill__name_en", name="specialist__user__name")
    return ArraySubquery(places.order_by("since", "pk").values_list(columns))


def get_case(user: User, uid: Any) -> Case:
    """Raises Http404."""
    return _one_case(_kind(user)).get_or_404(uid=uid, **_given(user))


def get_own_case(user: User, uid: Any) -> Case:
    """A case of the user's own enterprise, for acts that only the enterprise's side may do. Raises Http404."""
    if user.role != Role.ENTERPRISE:
        raise Http404("acts for no enterprise")
    return get_case(user, uid)


def visible_tasks(user: User) -> QuerySet[Task]:
    """Tasks of the park that have begun: those of one's own department or in one's own hands; for managers all."""
    of_the_park = Task.objects.filter(department__isnull=False).exclude(ready_at=None)
    tasks = of_the_park.select_related(
        "case__procedure",
        "case__enterprise__profile",
        "case__agreement__document",
        "case__correction",
        "case__service_team",
        "case__lead__user",
        "case__lead__department",
        "node__skill",
        "department",
        "assignee__user",
        "done_by",
        "clock",
    )
    if user.role == Role.MANAGER:
        return tasks
    specialist = getattr(user, "specialist", None)
    if user.role in {Role.SPECIALIST, Role.PARTNER} and specialist is not None:
        return tasks.filter(_in_department_or_hands_of(specialist))
    return tasks.none()


def get_task(user: User, pk: Any) -> Task:
    """Raises Http404."""
    return _one_task(_kind(user)).get_or_404(task=pk, **_given(user))


@dataclass(frozen=True)
class Kind:
    """What of a reader decides how the query for a case or a task looks. Who it is, is given each time."""

    role: str
    is_staff: bool
    is_head: bool

    @property
    def somebody(self) -> Any:
        """A reader of this kind, to put the query together."""
        person = SimpleNamespace(pk=Parameter("person"), department_id=Parameter("department"), is_head=self.is_head)
        return SimpleNamespace(pk=Parameter("user"), role=self.role, specialist=person if self.is_staff else None)


def _kind(user: User) -> Kind:
    specialist = getattr(user, "specialist", None)
    return Kind(user.role, specialist is not None, specialist is not None and specialist.is_head)


def _given(user: User) -> dict[str, Any]:
    specialist = getattr(user, "specialist", None)
    of_staff = {"person": specialist.pk, "department": specialist.department_id} if specialist else {}
    return {"user": user.pk, **of_staff}


@cache
def _one_case(kind: Kind) -> Prepared[Case]:
    return Prepared("one_case", lambda: visible_cases(kind.somebody).filter(uid=Parameter("uid", UID)))


def newest_cases(user: User, most: int, before: int | None = None) -> list[Case]:
    """The newest of the cases that somebody sees, below the number of one."""
    return _newest_cases(_kind(user), most).objects(
        before=BEYOND_NUMBERS - 1 if before is None else before, **_given(user)
    )


def how_many_cases(user: User, enterprise: int) -> int:
    """Of an enterprise, as far as somebody sees them."""
    return sum(number for _of, number in _counted_cases(_kind(user)).tuples(enterprise=enterprise, **_given(user)))


@cache
def _newest_cases(kind: Kind, most: int) -> Prepared[Case]:
    def build() -> QuerySet[Case]:
        return visible_cases(kind.somebody).filter(pk__lt=Parameter("before")).order_by("-pk")[:most]

    return Prepared("newest_cases", build)


@cache
def _counted_cases(kind: Kind) -> Prepared[Case]:
    def build() -> QuerySet[Any]:
        seen = visible_cases(kind.somebody).filter(enterprise=Parameter("enterprise"))
        counted = Case.objects.filter(pk__in=seen.values("pk")).order_by()
        return counted.values_list("enterprise").annotate(number=Count("pk"))

    return Prepared("counted_cases", build)


@cache
def _one_task(kind: Kind) -> Prepared[Task]:
    return Prepared("one_task", lambda: visible_tasks(kind.somebody).filter(pk=Parameter("task")))


def can_see(user: User, task: Task) -> bool:
    """As visible_tasks, for a task that was fetched already."""
    if task.ready_at is None or task.department_id is None or user.role == Role.MANAGER:
        return task.ready_at is not None and task.department_id is not None
    specialist = getattr(user, "specialist", None) if user.role in {Role.SPECIALIST, Role.PARTNER} else None
    return specialist is not None and (
        task.department_id == specialist.department_id or task.assignee_id == specialist.pk
    )


def get_own_step(user: User, uid: Any, pk: Any) -> Task:
    """A step that the user's own enterprise does itself, open or done. Raises Http404."""
    steps = Task.objects.filter(node__work=Work.ENTERPRISE).exclude(ready_at=None)
    return get_object_or_404(steps.select_related("node", "case"), case=get_own_case(user, uid), pk=pk)


def can_work_on(user: User, task: Task) -> bool:
    """The task is in the user's own hands and claimed."""
    return task.state == TaskState.CLAIMED and task.assignee is not None and task.assignee.user_id == user.pk


def can_claim(user: User, task: Task) -> bool:
    specialist = getattr(user, "specialist", None)
    if task.state != TaskState.READY or specialist is None or specialist.department_id != task.department_id:
        return False
    return specialist.skills.filter(pk=task.node.skill_id).exists()


def can_reject(user: User, task: Task) -> bool:
    """Whoever has begun work on a task may refuse the case, also while it waits for the enterprise."""
    if not task.case.is_open or task.state not in {TaskState.CLAIMED, TaskState.RETURNED}:
        return False
    return task.assignee is not None and task.assignee.user_id == user.pk


def can_transfer(user: User, task: Task) -> bool:
    specialist = getattr(user, "specialist", None)
    if specialist is None or not task.is_open:
        return False
    return task.assignee_id == specialist.pk or (specialist.is_head and specialist.department_id == task.department_id)


def can_ask_time(user: User, task: Task) -> bool:
    """Whoever has an open task, or heads its department, asks for more time and lets its clocks stand still."""
    return can_transfer(user, task)


def can_reopen(user: User, task: Task) -> bool:
    """The head of the department takes back a step that was only confirmed, while the case is open.

    Signatures, acceptances and licences have left the house.
    """
    specialist = getattr(user, "specialist", None)
    if task.state != TaskState.DONE or task.node.work != Work.CONFIRM or not task.case.is_open:
        return False
    return specialist is not None and specialist.is_head and specialist.department_id == task.department_id


def get_extension(user: User, pk: Any) -> Extension:
    """A request for more time of a case that the user sees. Raises Http404."""
    cases = visible_cases(user).values("pk")
    of_visible = Q(clock__task__case__in=cases) | Q(clock__case_milestone__case__in=cases)
    found = Extension.objects.filter(of_visible).select_related(
        "clock__department", "clock__enterprise", "asked_by__specialist", "decided_by"
    )
    return get_object_or_404(found, pk=pk)


def can_decide(user: User, extension: Extension) -> bool:
    """One level up: the head of the department for its people, the park's leaders for the head and for everybody."""
    if extension.state != ExtensionState.ASKED or extension.asked_by_id == user.pk:
        return False
    if user.role == Role.MANAGER:
        return True
    specialist = getattr(user, "specialist", None)
    asker = getattr(extension.asked_by, "specialist", None)
    return (
        specialist is not None
        and specialist.is_head
        and specialist.department_id == extension.clock.department_id
        and not (asker and asker.is_head)
    )


def _in_department_or_hands_of(specialist: Specialist) -> Q:
    return Q(department=specialist.department_id) | Q(assignee=specialist.pk)


def _advises(specialist: Specialist) -> tuple[QuerySet[TeamMember], QuerySet[Consultation]]:
    """The places that somebody has in teams, and the questions put to them; of a head those of the department."""
    places, asked = Q(specialist=specialist.pk), Q(specialist=specialist.pk)
    if specialist.is_head:
        places |= Q(department=specialist.department_id)
        asked |= Q(specialist__department=specialist.department_id)
    return TeamMember.objects.current().filter(places), Consultation.objects.filter(asked)


def visible_teams(user: User) -> QuerySet[ServiceTeam]:
    """For the park's side: the teams of the cases that the user sees, and those of enterprises whose file the user sees."""
    teams = ServiceTeam.objects.select_related(
        "case__procedure", "case__lead__user", "enterprise__profile__specialist__user"
    )
    if not user.is_park_staff:
        return teams.none()
    of_case = Q(case__in=visible_cases(user).values("pk"))
    return teams.filter(of_case | Q(case__isnull=True, enterprise__in=visible_enterprises(user).values("pk")))


def get_team(user: User, pk: Any) -> ServiceTeam:
    """A team to look at and to shape. Raises Http404."""
    return get_object_or_404(visible_teams(user), pk=pk)


def get_standing_team(user: User, pk: Any) -> ServiceTeam:
    """The team that a key enterprise has without a case. Raises Http404."""
    return get_object_or_404(visible_teams(user).filter(case__isnull=True), pk=pk)


def get_member_to_change(user: User, pk: Any) -> TeamMember:
    """A place in a team, for the head of its department and for managers. Raises Http404."""
    places = TeamMember.objects.current().filter(team__in=visible_teams(user).values("pk"))
    member = get_object_or_404(
        places.select_related("team__case", "team__enterprise", "skill", "department", "specialist__user"), pk=pk
    )
    if not can_change_member(user, member):
        raise Http404("leads no such department")
    return member


def can_shape_team(user: User, team: ServiceTeam) -> bool:
    """The lead, every head of a department, and managers look at a team again and call experts in."""
    specialist = getattr(user, "specialist", None)
    if user.role == Role.MANAGER:
        return True
    if specialist is None or user.role != Role.SPECIALIST:
        return False
    if team.case is not None:
        return specialist.is_head or team.case.lead_id == specialist.pk
    profile = getattr(team.enterprise, "profile", None)
    return specialist.is_head or (profile is not None and profile.specialist_id == specialist.pk)


def can_change_member(user: User, member: TeamMember) -> bool:
    """Managers, and the head of the department whose people have the skill."""
    specialist = getattr(user, "specialist", None)
    if user.role == Role.MANAGER:
        return True
    return specialist is not None and specialist.is_head and specialist.department_id == member.department_id


def visible_consultations(user: User) -> QuerySet[Consultation]:
    """Those of the cases that somebody of the park's side sees; the enterprise sees none."""
    found = Consultation.objects.select_related(
        "team__case__enterprise",
        "team__case__procedure",
        "skill",
        "specialist__user",
        "asked_by",
        "answered_by",
        "clock",
    )
    return found.filter(team__case__in=visible_cases(user).values("pk")) if user.is_park_staff else found.none()


def get_consultation(user: User, pk: Any) -> Consultation:
    return get_object_or_404(visible_consultations(user), pk=pk)


def can_answer(user: User, consultation: Consultation) -> bool:
    """Whoever is asked, and the head of their department; nobody answers a question of their own."""
    specialist = getattr(user, "specialist", None)
    if specialist is None or not consultation.is_open or consultation.asked_by_id == user.pk:
        return False
    heads = specialist.is_head and specialist.department_id == consultation.specialist.department_id
    return consultation.specialist_id == specialist.pk or heads


def can_take_back(user: User, consultation: Consultation) -> bool:
    """Whoever asked, and the lead of the case."""
    specialist = getattr(user, "specialist", None)
    case = consultation.team.case
    leads = specialist is not None and case is not None and case.lead_id == specialist.pk
    return consultation.is_open and (consultation.asked_by_id == user.pk or leads)


def get_material(user: User, uid: Any, pk: Any) -> Material:
    return get_object_or_404(Material.objects.filter(case__in=visible_cases(user), case__uid=uid), pk=pk)


def get_version(user: User, uid: Any, pk: Any) -> MaterialVersion:
    versions = MaterialVersion.objects.select_related("document", "material__case", "material__requirement")
    return get_object_or_404(versions.filter(material__case__in=visible_cases(user), material__case__uid=uid), pk=pk)


def get_case_document(user: User, uid: Any, pk: Any) -> Document:
    """The agreement, the result, or what else was handed over in a visible case. Raises Http404."""
    case = get_case(user, uid)
    return get_object_or_404(Document.objects.filter(pk__in=_documents(case)), pk=pk)


def _documents(case: Case) -> list[int]:
    agreement = getattr(case, "agreement", None)
    single = (case.result_document_id, agreement.document_id if agreement else None)
    return [*(pk for pk in single if pk), *case.handed_over.values_list("document", flat=True)]


def get_standard(version: int) -> ServiceStandard:
    """A version of the service standard, for leaders: their policy lets nobody else ask. Raises Http404."""
    return get_object_or_404(ServiceStandard, version=version)


def get_draft(version: int) -> ServiceStandard:
    """The version, which is a draft. Raises Http404."""
    return get_object_or_404(ServiceStandard, version=version, state=StandardState.DRAFT)


def get_procedure(version: int, code: str, *, draft: bool = False) -> Procedure:
    """A procedure of a version; with `draft` only where it can be changed. Raises Http404."""
    found = Procedure.objects.select_related("standard").filter(standard=version, code=code)
    return get_object_or_404(found.filter(standard__state=StandardState.DRAFT) if draft else found)


def get_part(version: int, code: str, shelf: str, part: str) -> Part:
    """What belongs to a procedure of a draft. Raises Http404."""
    if shelf not in SHELVES:
        raise Http404("there is nothing of this kind")
    found: QuerySet[Any] = SHELVES[shelf]._default_manager.select_related("procedure__standard")
    of_draft = found.filter(procedure__standard=version, procedure__standard__state=StandardState.DRAFT)
    return get_object_or_404(of_draft, procedure__code=code, **{code_field(shelf): part})


def get_template(user: Any, sha256: str) -> MaterialTemplate:
    """A template of a version that was published, for everybody; those of drafts are their editors'. Raises Http404."""
    used = MaterialRequirement.objects.filter(template=OuterRef("pk"))
    if not (user.is_authenticated and LEADERS.admits(user)):
        used = used.filter(procedure__standard__state__in=[StandardState.PUBLISHED, StandardState.SUPERSEDED])
    return get_object_or_404(MaterialTemplate.objects.filter(Exists(used)), sha256=sha256)


def get_saved_filter(user: User, pk: Any) -> SavedFilter:
    """A view of the queue that the user keeps. Raises Http404."""
    return get_object_or_404(SavedFilter.objects.filter(user=user), pk=pk)


def can_write_texts(user: User) -> bool:
    """Heads of departments and the park's leaders write the texts for corrections; everybody at the desk uses them."""
    specialist = getattr(user, "specialist", None)
    return user.role == Role.MANAGER or (specialist is not None and specialist.is_head and user.role != Role.PARTNER)


def get_correction_text(user: User, pk: Any) -> CorrectionText:
    """A text that the user may change. Raises Http404."""
    texts = CorrectionText.objects.all() if can_write_texts(user) else CorrectionText.objects.none()
    return get_object_or_404(texts, pk=pk)
