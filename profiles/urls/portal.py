"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls.visits import portal_patterns as visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", include(visits)),
]
