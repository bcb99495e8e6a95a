"""The enterprise's own file, below file/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import tags

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((tags.portal, "file_tags"))),
]
