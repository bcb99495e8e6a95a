"""Who may see and do what with the file of an enterprise. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.enums import Approval, Role
from park.accounts.models import Enterprise, User
from park.accounts.permissions import enterprises_of
from park.team.models import Specialist
from profiles.models import Contact, Document, ProfileValue

MOST_DIGITS = 18  # of a number that the database can hold


def visible_enterprises(user: User) -> QuerySet[Enterprise]:
    """Whose file a person sees: one's own enterprises; for the park's specialists and managers all that it has approved.

    Partner departments see what a case shows them and no file; a file that was merged into another is reached through that.
    """
    here = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True)
    if user.role == Role.ENTERPRISE:
        return here.filter(pk__in=enterprises_of(user).values("pk"))
    if user.role == Role.MANAGER:
        return here
    if user.role == Role.SPECIALIST and getattr(user, "specialist", None) is not None:
        return here
    return here.none()


def get_file(user: User, pk: Any) -> Enterprise:
    """The enterprise whose file is asked for. Raises Http404."""
    return get_object_or_404(visible_enterprises(user).select_related("profile__specialist__user", "facts"), pk=pk)


def can_work_on_files(user: User) -> bool:
    """The park's specialists and managers enter values, settle differences and give tags."""
    return user.role == Role.MANAGER or (user.role == Role.SPECIALIST and getattr(user, "specialist", None) is not None)


def get_value(enterprise: Enterprise, pk: Any) -> ProfileValue:
    """A value of a file that the caller has been let into. Raises Http404."""
    return get_object_or_404(ProfileValue, enterprise=enterprise, pk=pk)


def get_contact(enterprise: Enterprise, pk: Any) -> Contact:
    return get_object_or_404(Contact, enterprise=enterprise, pk=pk)


def get_evidence(enterprise: Enterprise, pk: Any) -> Document:
    """A document on which a value or a tag of the file rests; those of cases are seen with their case. Raises Http404."""
    rests_on_it = Q(pk__in=ProfileValue.objects.filter(enterprise=enterprise).values("document")) | Q(
        pk__in=enterprise.tags.values("document")
    )
    return get_object_or_404(Document.objects.filter(rests_on_it, enterprise=enterprise), pk=pk)


def get_kept_evidence(user: User, enterprise: Enterprise, pk: Any) -> Document | None:
    """What the same person uploaded for this file a moment ago, while something else on the form was wrong."""
    if not _is_number(pk):
        return None
    return Document.objects.filter(pk=pk, enterprise=enterprise, kind="evidence", uploaded_by=user).first()


def people_to_entrust() -> QuerySet[Specialist]:
    """Who can look after an enterprise: the active people of the park's own departments."""
    return Specialist.objects.filter(
        is_active=True, user__is_active=True, user__role=Role.SPECIALIST, department__is_partner=False
    ).select_related("user", "department")


def get_specialist_to_entrust(pk: Any) -> Specialist:
    return get_object_or_404(people_to_entrust(), pk=pk if _is_number(pk) else 0)


def _is_number(pk: Any) -> bool:
    """Whether what was sent can be the number of a row."""
    text = str(pk or "")
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
