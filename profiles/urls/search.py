from django.urls import path

from profiles.views import search

app_name = "companies"
urlpatterns = [path("", search.listed, name="list")]
