from django.contrib import admin

from park.events.admin import RecordingAdmin
from park.team.models import Absence, Department, Skill, Specialist


@admin.register(Department)
class DepartmentAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en", "is_partner"]
    list_filter = ["is_partner"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Skill)
class SkillAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en"]
    search_fields = ["code", "name_zh", "name_en"]


class AbsenceInline(admin.TabularInline):
    model = Absence
    fk_name = "specialist"
    extra = 0


@admin.register(Specialist)
class SpecialistAdmin(RecordingAdmin):
    list_display = ["user", "department", "is_head", "is_active"]
    list_filter = ["department", "is_active", "is_head"]
    filter_horizontal = ["skills"]
    inlines = [AbsenceInline]
