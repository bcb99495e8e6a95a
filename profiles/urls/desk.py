"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("companies/", include("profiles.urls.search")),
    path("duplicates/", include("profiles.urls.duplicates")),
]
