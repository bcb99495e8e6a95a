from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TeamConfig(AppConfig):
    name = "park.team"
    verbose_name = _("Team")

    def ready(self) -> None:
        """Apps above say which kinds of work they have."""
        autodiscover_modules("work_kinds")
