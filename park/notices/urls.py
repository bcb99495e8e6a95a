from django.urls import path

from park.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.overview, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/", views.open_notice, name="open"),
]
