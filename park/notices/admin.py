from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from park.accounts.enums import Role
from park.events.admin import ReadOnlyAdmin
from park.notices import services
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
    list_filter = ["is_dead", "channel", "notice__kind", ("delivered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["notice__recipient"]
    search_fields = ["notice__recipient__name", "notice__dedupe_key"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") == Role.ADMINISTRATOR

    @admin.action(description=_("Try again to send what was given up"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        count = services.try_again(queryset, by=request.user, now=timezone.now())  # type: ignore[arg-type]
        words = ngettext("%(count)s message will be sent again.", "%(count)s messages will be sent again.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS if count else messages.WARNING)
