from django.urls import path

from park.notices.api import notices

urlpatterns = [
    path("notices/", notices.Notices.as_view(), name="notices"),
    path("notices/read/", notices.NoticesRead.as_view(), name="notices_read"),
    path("notices/<int:pk>/read/", notices.NoticeRead.as_view(), name="notice_read"),
]
