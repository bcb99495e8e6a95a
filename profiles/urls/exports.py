from django.urls import path

from profiles.views import exports_desk

desk = ([path("export/", exports_desk.companies, name="companies")], "exports")
