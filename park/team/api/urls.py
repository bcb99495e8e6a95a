from django.urls import path

from park.team.api import people

urlpatterns = [
    path("team/people/", people.People.as_view(), name="team_people"),
    path("team/people/<int:pk>/absences/", people.Absences.as_view(), name="team_absences"),
    path("team/absences/<int:pk>/", people.OneAbsence.as_view(), name="team_absence"),
]
