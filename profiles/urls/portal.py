"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import own_data

urlpatterns: list[URLPattern | URLResolver] = [
    path("data/", include(own_data.portal)),
]
