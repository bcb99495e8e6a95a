from django.urls import path

from park.deadlines.views import clocks, feed, years

app_name = "deadlines"
urlpatterns = [
    path("clocks/<int:pk>/", clocks.one_clock, name="clock"),
    path("feed/", feed.overview, name="feed"),
    path("feed/renew/", feed.renew, name="renew_feed"),
    path("feed/revoke/", feed.revoke, name="revoke_feed"),
    path("feed/<str:key>.ics", feed.calendar_file, name="ics"),
    path("years/", years.overview, name="years"),
    path("years/read/", years.read, name="read_year"),
    path("years/apply/", years.apply, name="apply_year"),
    path("years/<int:year>/", years.one_year, name="year"),
    path("years/<int:year>/withdraw/", years.withdraw, name="withdraw_year"),
]
