import logging
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from park.events import consumers, services
from park.events.models import Consumer, Event, PassedOver

logger = logging.getLogger(__name__)


class RecordingAdmin(admin.ModelAdmin):
    """Every change made here is an event: who, when, which fields. Django calls these within the change's transaction."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record("setting.added", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record("setting.changed", request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        with transaction.atomic():
            for obj in queryset:
                self._record("setting.deleted", request, obj, [])
        return super().log_deletions(request, queryset)

    def _record(self, kind: str, request: HttpRequest, obj: Any, message: Any) -> None:
        by: Any = request.user
        services.record(kind, subject=obj, by=by, at=timezone.now(), internal=True, name=str(obj), changed=message)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only services write: shown, searched, never edited here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "actor_name", "subject_type", "subject_id", "thread", "position"]
    list_filter = ["kind", "is_internal"]
    search_fields = ["thread", "subject_id", "actor_name"]
    exclude = ["seal"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(PassedOver)
class PassedOverAdmin(ReadOnlyAdmin):
    list_display = ["at", "consumer", "kind", "event_id", "error", "settled_at"]
    list_filter = ["consumer", ("settled_at", admin.EmptyFieldListFilter)]
    actions = ["make_up"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") == "administrator"

    @admin.action(description=_("Hand to the reader once more"), permissions=["retry"])
    def make_up(self, request: HttpRequest, queryset: QuerySet[PassedOver]) -> None:
        """Each by itself; what fails again stays as it is and says why."""
        by: Any = request.user
        for row in queryset.filter(settled_at__isnull=True):
            try:
                with transaction.atomic():
                    consumers.make_up(row, now=timezone.now())
                    services.record("event.made_up", subject=row, by=by, at=timezone.now(), internal=True)
            except Exception as error:
                logger.exception("event passed over fails again")
                self.message_user(request, f"{row}: {error!r}", messages.ERROR)
            else:
                self.message_user(request, _("Made up for: %(event)s") % {"event": row}, messages.SUCCESS)


@admin.register(Consumer)
class ConsumerAdmin(ReadOnlyAdmin):
    list_display = ["name", "position", "updated_at", "failures", "last_error"]
