from django.urls import path

from profiles.api import own_data as api
from profiles.views import own_data

portal = ([path("", own_data.show, name="show"), path("take/", own_data.take, name="take")], "file_data")
api_urls = [path("file/data/", api.OwnData.as_view(), name="own_data")]
