from django.urls import URLPattern, URLResolver, path

from profiles.api import search

urlpatterns: list[URLPattern | URLResolver] = [
    path("enterprises/", search.Enterprises.as_view(), name="enterprises"),
]
