from django.urls import URLPattern, URLResolver, path

from profiles.api import needs

urlpatterns: list[URLPattern | URLResolver] = [
    path("needs/", needs.Needs.as_view(), name="needs"),
    path("needs/<int:pk>/", needs.OneNeed.as_view(), name="need"),
    path("needs/<int:pk>/answer/", needs.Answer.as_view(), name="need_answer"),
    path("needs/<int:pk>/satisfy/", needs.Satisfy.as_view(), name="need_satisfy"),
    path("needs/<int:pk>/drop/", needs.Drop.as_view(), name="need_drop"),
]
