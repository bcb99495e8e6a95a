"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import needs

urlpatterns: list[URLPattern | URLResolver] = [
    path("needs/", include(needs.portal)),
]
