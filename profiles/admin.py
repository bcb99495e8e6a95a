from django.contrib import admin

from park.events.admin import ReadOnlyAdmin
from profiles.models import Document, EnterpriseProfile


@admin.register(EnterpriseProfile)
class EnterpriseProfileAdmin(ReadOnlyAdmin):
    list_display = ["enterprise", "industry", "specialist", "is_key", "updated_at"]
    search_fields = ["enterprise__name_zh", "enterprise__uscc"]


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "enterprise", "kind", "size", "created_at"]
    search_fields = ["file_name", "sha256", "enterprise__name_zh"]
