from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise, Membership, User
from park.events.admin import ReadOnlyAdmin, RecordingAdmin

# Staff sign in to the admin by the same door as everywhere else, second factor included.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("Park portal administration")


@admin.register(User)
class UserAdmin(RecordingAdmin, BaseUserAdmin):
    list_display = ["username", "name", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "name", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["name", "email", "phone", "language"]}),
        (_("Access"), {"fields": ["role", "is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "name", "email", "role", "usable_password", "password1", "password2"]})
    ]
    filter_horizontal = []


@admin.register(Enterprise)
class EnterpriseAdmin(ReadOnlyAdmin):
    list_display = ["name_zh", "uscc", "is_forming", "approval", "created_at"]
    list_filter = ["approval", "is_forming"]
    search_fields = ["name_zh", "name_en", "uscc"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "enterprise", "is_signatory", "approval", "ended_at"]
    list_filter = ["approval", "is_signatory"]
    search_fields = ["user__name", "enterprise__name_zh"]
