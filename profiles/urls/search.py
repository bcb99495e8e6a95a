from django.urls import path

from profiles.views import search

urlpatterns = [path("", search.listed, name="list")]
