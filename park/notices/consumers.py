"""Tells people about enterprises that sign up and colleagues who ask to join."""

from collections.abc import Sequence

from django.urls import reverse

from park.accounts.enums import Role
from park.accounts.models import Enterprise, Membership, User
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell


@consumer("account-notices")
def tell_people(events: Sequence[Event]) -> None:
    for event in events:
        members = Membership.objects.active().filter(enterprise=event.enterprise_id)
        if event.kind == "enterprise.signed_up":
            people, path = User.objects.filter(role__in=[Role.SPECIALIST, Role.MANAGER]), "/desk/enterprises/"
        elif event.kind in {"enterprise.approved", "enterprise.refused"}:
            people, path = User.objects.filter(memberships__in=members), "/start/"
        elif event.kind == "membership.requested":
            people = User.objects.filter(memberships__in=members.filter(is_signatory=True))
            path = reverse("accounts:members")
        elif event.kind in {"membership.approved", "membership.refused"}:
            people, path = User.objects.filter(memberships=int(event.subject_id)), reverse("cases:list")
        else:
            continue
        words = {"enterprise": Enterprise.objects.get(pk=event.enterprise_id or 0).name_zh, **event.data}
        tell(event.kind, people, key=f"event:{event.pk}", path=path, now=event.at, **words)
