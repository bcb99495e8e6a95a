from django.urls import path

from park.notices.views import notices, outbox, settings

app_name = "notices"
urlpatterns = [
    path("", notices.overview, name="list"),
    path("read/", notices.read_all, name="read_all"),
    path("<int:pk>/", notices.open_notice, name="open"),
    path("settings/", settings.overview, name="settings"),
    path("settings/addresses/", settings.add, name="add_address"),
    path("settings/addresses/<int:pk>/test/", settings.test, name="test_address"),
    path("settings/addresses/<int:pk>/switch/", settings.switch, name="switch_address"),
    path("settings/addresses/<int:pk>/remove/", settings.remove, name="remove_address"),
    path("outbox/", outbox.overview, name="outbox"),
    path("outbox/retry/", outbox.retry, name="retry"),
]
