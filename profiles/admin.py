from django.contrib import admin

from park.events.admin import ReadOnlyAdmin, RecordingAdmin
from profiles.models import Document, EnterpriseProfile, Need, NeedCategory, PredictedNeed


@admin.register(EnterpriseProfile)
class EnterpriseProfileAdmin(ReadOnlyAdmin):
    list_display = ["enterprise", "industry", "specialist", "is_key", "updated_at"]
    search_fields = ["enterprise__name_zh", "enterprise__uscc"]


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "enterprise", "kind", "size", "created_at"]
    search_fields = ["file_name", "sha256", "enterprise__name_zh"]


@admin.register(NeedCategory)
class NeedCategoryAdmin(RecordingAdmin):
    list_display = ["code", "name_zh", "name_en", "department", "answer_within", "is_active"]
    list_filter = ["department", "is_active"]
    list_select_related = ["department"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Need)
class NeedAdmin(ReadOnlyAdmin):
    list_display = ["enterprise", "category", "state", "source", "raised_at"]
    list_filter = ["state", "source"]
    list_select_related = ["enterprise", "category"]
    search_fields = ["enterprise__name_zh", "text"]


@admin.register(PredictedNeed)
class PredictedNeedAdmin(ReadOnlyAdmin):
    list_display = ["enterprise", "category", "score", "state", "made_on", "until"]
    list_filter = ["state"]
    list_select_related = ["enterprise", "category"]
    search_fields = ["enterprise__name_zh"]
