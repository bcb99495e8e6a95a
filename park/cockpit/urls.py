from django.urls import path

from park.cockpit.views import clocks, dashboard

app_name = "cockpit"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("version/", dashboard.version, name="version"),
    path("clock/accept/", dashboard.accept_clock, name="accept_clock"),
    path("clocks/", clocks.clocks, name="clocks"),
    path("clocks.csv", clocks.export, name="export"),
]
