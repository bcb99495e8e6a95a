from django.urls import URLPattern, URLResolver

from profiles.urls import imports, own_data

urlpatterns: list[URLPattern | URLResolver] = [
    *imports.api_urls,
    *own_data.api_urls,
]
