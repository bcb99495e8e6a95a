from django.urls import path

from profiles.views import visits, visits_desk

desk_patterns = (
    [
        path("", visits_desk.ahead, name="list"),
        path("month/", visits_desk.month, name="month"),
        path("coverage/", visits_desk.coverage, name="coverage"),
        path("<int:pk>/", visits_desk.show, name="visit"),
        path("<int:pk>/report/", visits_desk.report, name="report"),
        path("<int:pk>/reschedule/", visits_desk.reschedule, name="reschedule"),
        path("<int:pk>/hand-over/", visits_desk.hand_over, name="hand_over"),
        path("<int:pk>/cancel/", visits_desk.cancel, name="cancel"),
    ],
    "visits",
)
portal_patterns = ([path("", visits.overview, name="overview")], "file_visits")
