from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from park.accounts.enums import Role
from park.events import services as events
from park.events.admin import ReadOnlyAdmin
from park.notices.models import Notice, OutboxMessage


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "recipient", "read_at"]
    list_filter = ["kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__name", "dedupe_key"]
    date_hierarchy = "created_at"


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "channel",
        "notice__kind",
        "notice__recipient",
        "attempts",
        "delivered_at",
        "is_dead",
        "last_error",
    ]
    list_filter = ["is_dead", "notice__kind", ("delivered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["notice__recipient"]
    search_fields = ["notice__recipient__name", "notice__dedupe_key"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") == Role.ADMINISTRATOR

    @admin.action(description=_("Try again to send what was given up"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Put messages that were given up back into the queue, as if they were new; others stay as they are."""
        now = timezone.now()
        with transaction.atomic():
            dead = list(queryset.filter(is_dead=True, delivered_at__isnull=True).select_for_update(of=["self"]))
            OutboxMessage.objects.filter(pk__in=[message.pk for message in dead]).update(
                is_dead=False, attempts=0, available_at=now, lease_until=None, lease_token=None
            )
            for message in dead:
                events.record("message.tried_again", subject=message, by=request.user, at=now, internal=True)  # type: ignore[arg-type]
        words = ngettext("%(count)s message will be sent again.", "%(count)s messages will be sent again.", len(dead))
        self.message_user(request, words % {"count": len(dead)}, messages.SUCCESS if dead else messages.WARNING)
