from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Enterprise files")

    def ready(self) -> None:
        """Floors above add to the brief of a visit and to timelines; visits stand in the calendar people subscribe to."""
        autodiscover_modules("briefs")
        autodiscover_modules("feeds")
        autodiscover_modules("chapters")
