from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from park.deadlines.calendars import overlay
from park.deadlines.holidays_cn import FIRST_YEAR, LAST_YEAR
from park.deadlines.models import CalendarDay, CalendarYear, Clock, Pause, Rung, SweepMinute
from park.deadlines.workdays import Calendar
from park.events.admin import ReadOnlyAdmin, RecordingAdmin


class CalendarYearForm(forms.ModelForm):
    class Meta:
        model = CalendarYear
        fields = ["year", "is_published", "source"]

    def clean_year(self) -> int:
        year = self.cleaned_data["year"]
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValidationError(
                _("The calendar covers %(first)s to %(last)s only."),
                params={"first": FIRST_YEAR, "last": LAST_YEAR},
            )
        return year


class DaysFormSet(BaseInlineFormSet):
    """The days of one year together: each in it, none twice, and some of the year still worked."""

    def clean(self) -> None:
        super().clean()
        year = self.instance.year
        if any(self.errors) or not year:
            return
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        rows = [(row["day"], row["is_working"], row["name_zh"]) for row in kept if row.get("day")]
        for day, _is_working, _name in rows:
            if day.year != year:
                raise ValidationError(_("%(day)s is not a day of %(year)s."), params={"day": day, "year": year})
        try:
            Calendar(overlay({}, rows, replaced=[year]))
        except ValueError:
            raise ValidationError(_("%(year)s would have no working day."), params={"year": year}) from None


class CalendarDayInline(admin.TabularInline):
    model = CalendarDay
    formset = DaysFormSet
    extra = 3


@admin.register(CalendarYear)
class CalendarYearAdmin(RecordingAdmin):
    """A year set here replaces the built-in one whole: Monday to Friday, apart from the days below it.

    Saving always saves the year as well, whose `updated_at` is what every process looks at to read its days anew.
    Clocks that run keep their due dates; they are computed again only when they are next paused and resumed.
    """

    form = CalendarYearForm
    inlines = [CalendarDayInline]
    list_display = ["year", "is_published", "source", "updated_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarYear | None = None) -> list[str]:
        return ["year"] if obj else []


class PauseInline(admin.TabularInline):
    model = Pause
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
