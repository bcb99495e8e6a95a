"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls.supply import referral_patterns, supply_patterns

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((supply_patterns, "supply"))),
    path("", include((referral_patterns, "referral"))),
]
