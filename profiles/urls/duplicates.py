from django.urls import path

from profiles.views import duplicates

app_name = "duplicates"
urlpatterns = [
    path("", duplicates.listed, name="list"),
    path("<int:pk>/", duplicates.compare, name="compare"),
    path("<int:pk>/merge/", duplicates.merge, name="merge"),
]
