"""Every address of the portal. Each view declares who may call it; a test walks them all."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from park import faults, frame
from park.accounts.api.docs import api_docs
from park.accounts.views import language

urlpatterns = [
    path("", include("lifecycle.urls.portal")),
    path("start/", frame.start, name="start"),
    path("file/", include("profiles.urls.portal")),
    path("desk/", include("lifecycle.urls.desk")),
    path("desk/", include("profiles.urls.desk")),
    path("desk/standard/", include("lifecycle.urls.standard")),
    path("cockpit/", include("park.cockpit.urls")),
    path("team/", include("park.team.urls")),
    path("deadlines/", include("park.deadlines.urls")),
    path("notices/", include("park.notices.urls")),
    path("account/", include("park.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", language.choose, name="set_language"),
    path("healthz/", include("park.health")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", api_docs, name="api_docs"),
    path(
        "api/v1/",
        include(
            (
                [
                    path("", include("lifecycle.api.urls")),
                    path("", include("profiles.api.urls")),
                    path("", include("park.deadlines.api.urls")),
                    path("", include("park.accounts.api.urls")),
                    path("", include("park.team.api.urls")),
                    path("", include("park.notices.api.urls")),
                ],
                "api",
            )
        ),
    ),
    path("admin/", admin.site.urls),
]
handler400 = faults.bad_request
handler404 = faults.not_found
handler500 = faults.server_error
