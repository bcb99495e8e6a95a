"""Cases and the standard, to look at. What may change in them changes through services, with an event for each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.models import (
    Agreement,
    Case,
    CorrectionItem,
    CorrectionNotice,
    Material,
    MaterialRequirement,
    MaterialVersion,
    Message,
    Milestone,
    Node,
    Procedure,
    ServiceStandard,
    Signature,
    Task,
)
from park.events.admin import ReadOnlyAdmin


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to the one shown."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NodeInline(ReadOnlyInline):
    model = Node
    fields = ["order", "code", "name_zh", "department", "skill", "amount", "unit", "source"]


class MilestoneInline(ReadOnlyInline):
    model = Milestone
    fk_name = "procedure"


class RequirementInline(ReadOnlyInline):
    model = MaterialRequirement
    fields = ["order", "code", "name_zh", "condition", "formats"]


class TaskInline(ReadOnlyInline):
    model = Task
    fields = ["node", "state", "department", "assignee", "ready_at", "claimed_at", "done_at"]


class MaterialInline(ReadOnlyInline):
    model = Material
    fields = ["requirement", "verdict", "verdict_note", "verdict_by", "verdict_at"]


class MessageInline(ReadOnlyInline):
    model = Message
    fields = ["created_at", "side", "author", "body"]


class VersionInline(ReadOnlyInline):
    model = MaterialVersion
    fields = ["number", "document", "from_file", "added_by", "added_at"]


class ItemInline(ReadOnlyInline):
    model = CorrectionItem


class SignatureInline(ReadOnlyInline):
    model = Signature


@admin.register(ServiceStandard)
class ServiceStandardAdmin(ReadOnlyAdmin):
    list_display = ["version", "state", "published_at"]


@admin.register(Procedure)
class ProcedureAdmin(ReadOnlyAdmin):
    list_display = ["code", "name_zh", "standard", "stage"]
    list_filter = ["standard", "stage"]
    search_fields = ["code", "name_zh", "name_en"]
    inlines = [NodeInline, MilestoneInline, RequirementInline]


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = ["reference", "enterprise", "procedure", "state", "lead", "submitted_at", "closed_at"]
    list_filter = ["state", "procedure"]
    list_select_related = ["enterprise", "procedure", "lead__user"]
    search_fields = ["reference", "enterprise__name_zh", "enterprise__uscc"]
    date_hierarchy = "created_at"
    inlines = [TaskInline, MaterialInline, MessageInline]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["case", "node", "state", "department", "assignee", "ready_at", "done_at"]
    list_filter = ["state", "department"]
    list_select_related = ["case__procedure", "node", "department", "assignee__user"]
    search_fields = ["case__reference", "case__enterprise__name_zh"]


@admin.register(Material)
class MaterialAdmin(ReadOnlyAdmin):
    list_display = ["case", "requirement", "verdict", "verdict_by", "verdict_at"]
    list_filter = ["verdict"]
    list_select_related = ["case__procedure", "requirement", "verdict_by"]
    search_fields = ["case__reference"]
    inlines = [VersionInline]


@admin.register(CorrectionNotice)
class CorrectionNoticeAdmin(ReadOnlyAdmin):
    list_display = ["case", "issued_by", "issued_at", "answered_at"]
    list_select_related = ["case__procedure", "issued_by"]
    search_fields = ["case__reference"]
    inlines = [ItemInline]


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = ["case", "document", "created_at"]
    list_select_related = ["case__procedure", "document"]
    search_fields = ["case__reference"]
    inlines = [SignatureInline]
