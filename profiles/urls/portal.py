"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import file, needs, own_data, supply, tags, visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((file.own_patterns, "file"))),
    path("", include((tags.portal, "file_tags"))),
    path("needs/", include(needs.portal)),
    path("", include((supply.supply_patterns, "supply"))),
    path("", include((supply.referral_patterns, "referral"))),
    path("visits/", include(visits.portal_patterns)),
    path("data/", include(own_data.portal)),
]
