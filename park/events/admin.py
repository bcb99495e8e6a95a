from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from park.events.models import Consumer, Event


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


@admin.register(Consumer)
class ConsumerAdmin(ReadOnlyAdmin):
    list_display = ["name", "position", "updated_at", "failures", "last_error"]
