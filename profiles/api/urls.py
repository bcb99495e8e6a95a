from django.urls import URLPattern, URLResolver, path

from profiles.api import visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", visits.Visits.as_view(), name="visits"),
    path("visits/<int:pk>/", visits.OneVisit.as_view(), name="visit"),
    path("visits/<int:pk>/reschedule/", visits.Reschedule.as_view(), name="visit_reschedule"),
    path("visits/<int:pk>/report/", visits.ReportOne.as_view(), name="visit_report"),
]
