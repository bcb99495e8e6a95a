from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from park.deadlines.models import (
    CalendarChange,
    CalendarDay,
    CalendarYear,
    Clock,
    ClockGuard,
    Extension,
    Pause,
    Rung,
    SweepMinute,
)
from park.events.admin import ReadOnlyAdmin


class LookedAtInline(admin.TabularInline):
    """Rows of another row that only services write."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CalendarDayInline(LookedAtInline):
    model = CalendarDay


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadOnlyAdmin):
    """Imported years to look at; the page of the working calendar is the one way in."""

    inlines = [CalendarDayInline]
    list_display = ["year", "is_published", "source", "updated_at"]


@admin.register(CalendarChange)
class CalendarChangeAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "year", "act", "state", "earlier", "later", "certain", "made_by"]
    list_select_related = ["made_by"]


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "clock", "amount", "state", "asked_by", "decided_by"]
    list_filter = ["state"]
    list_select_related = ["clock", "asked_by", "decided_by"]


@admin.register(ClockGuard)
class ClockGuardAdmin(ReadOnlyAdmin):
    list_display = ["boot_id", "wall", "held_since", "moved_seconds"]


class PauseInline(LookedAtInline):
    model = Pause


@admin.register(Clock)
class ClockAdmin(ReadOnlyAdmin):
    list_display = ["label", "enterprise", "department", "responsible", "state", "due_at", "is_breached"]
    list_filter = ["state", "kind", "department", "is_breached"]
    list_select_related = ["enterprise", "department", "responsible__user"]
    search_fields = ["enterprise__name_zh", "thread"]
    date_hierarchy = "due_at"
    inlines = [PauseInline]


@admin.register(Rung)
class RungAdmin(ReadOnlyAdmin):
    list_display = ["clock", "code", "revision", "scheduled_for", "fired_at", "is_skipped", "source"]
    list_filter = ["code", "is_skipped", "source"]
    list_select_related = ["clock"]
    date_hierarchy = "fired_at"


@admin.register(SweepMinute)
class SweepMinuteAdmin(ReadOnlyAdmin):
    list_display = ["minute", "runs", "fired", "slowest_ms", "last_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SweepMinute]:
        return super().get_queryset(request).order_by("-minute")
