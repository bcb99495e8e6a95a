from django.contrib import admin

from park.events.admin import RecordingAdmin
from park.team.models import Absence, Certificate, CertificateKind, Department, Skill, Specialist, Training


@admin.register(Department)
class DepartmentAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en", "is_partner"]
    list_filter = ["is_partner"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Skill)
class SkillAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(CertificateKind)
class CertificateKindAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en", "is_for_key", "months"]


class AbsenceInline(admin.TabularInline):
    model = Absence
    fk_name = "specialist"
    extra = 0


class CertificateInline(admin.TabularInline):
    model = Certificate
    extra = 0
    fields = ["kind", "number", "issued_on", "expires_on"]


class TrainingInline(admin.TabularInline):
    model = Training
    extra = 0


@admin.register(Specialist)
class SpecialistAdmin(RecordingAdmin):
    list_display = ["user", "department", "is_head", "is_active"]
    list_filter = ["department", "is_active", "is_head"]
    filter_horizontal = ["skills"]
    inlines = [AbsenceInline, CertificateInline, TrainingInline]
