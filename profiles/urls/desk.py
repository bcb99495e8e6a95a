"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls.visits import desk_patterns as visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", include(visits)),
]
