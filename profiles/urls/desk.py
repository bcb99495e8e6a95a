"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls import exports, imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/", include(imports.desk)),
    path("companies/", include(exports.desk)),
]
