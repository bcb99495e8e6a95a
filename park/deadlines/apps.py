from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DeadlinesConfig(AppConfig):
    name = "park.deadlines"
    verbose_name = _("Deadlines")

    def ready(self) -> None:
        autodiscover_modules("procedures")
        from park.deadlines import (
            fallback,  # noqa: F401  connects itself to the workers' signals
            share_left,  # noqa: F401  tells the team how much of its limit work has left
        )
