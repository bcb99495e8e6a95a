from django.urls import path

from profiles.api import imports as api
from profiles.views import imports_desk

desk = (
    [
        path("", imports_desk.overview, name="list"),
        path("template/", imports_desk.template, name="template"),
        path("<uuid:uid>/", imports_desk.show, name="show"),
        path("<uuid:uid>/live/", imports_desk.live, name="live"),
        path("<uuid:uid>/to-correct/", imports_desk.to_correct, name="to_correct"),
        path("<uuid:uid>/apply/", imports_desk.apply, name="apply"),
        path("<uuid:uid>/discard/", imports_desk.discard, name="discard"),
    ],
    "imports",
)
api_urls = [
    path("imports/", api.Imports.as_view(), name="imports"),
    path("imports/<uuid:uid>/", api.OneImport.as_view(), name="import"),
    path("imports/<uuid:uid>/rows/", api.Rows.as_view(), name="import_rows"),
    path("imports/<uuid:uid>/apply/", api.Apply.as_view(), name="import_apply"),
    path("imports/<uuid:uid>/discard/", api.Discard.as_view(), name="import_discard"),
]
