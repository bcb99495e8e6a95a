"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import exports, file, imports, needs, search, supply, tags, visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("companies/", include(([*search.urlpatterns, *file.company_patterns], "companies"))),
    path("duplicates/", include("profiles.urls.duplicates")),
    path("", include((tags.desk, "tags"))),
    path("", include(needs.desk)),
    path("", include((supply.introduction_patterns, "introductions"))),
    path("", include((supply.referral_desk_patterns, "referrals"))),
    path("visits/", include(visits.desk_patterns)),
    path("imports/", include(imports.desk)),
    path("companies/", include(exports.desk)),
]
