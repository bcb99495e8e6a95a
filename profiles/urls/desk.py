"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import needs

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(needs.desk)),
]
