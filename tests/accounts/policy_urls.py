"""The portal's addresses and four more."""

from django.urls import include, path

from tests.accounts import views

urlpatterns = [
    path("t/undeclared/", views.undeclared),
    path("t/desk/", views.desk),
    path("t/public/", views.public),
    path("t/own/", views.own),
    path("", include("park.urls")),
]
