from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Enterprise files")

    def ready(self) -> None:
        """Floors above say what they add to the brief of a visit; visits stand in the calendar that people subscribe to."""
        autodiscover_modules("briefs")
        autodiscover_modules("feeds")
