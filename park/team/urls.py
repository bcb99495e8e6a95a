from django.urls import path

from park.team.views import handover, people

app_name = "team"
urlpatterns = [
    path("", people.overview, name="list"),
    path("me/", people.me, name="me"),
    path("balance/", handover.balance, name="balance"),
    path("people/<int:pk>/", people.one_person, name="person"),
    path("people/<int:pk>/absence/", people.enter_absence, name="enter_absence"),
    path("people/<int:pk>/certificate/", people.add_certificate, name="add_certificate"),
    path("people/<int:pk>/training/", people.add_training, name="add_training"),
    path("absences/<int:pk>/", handover.absence, name="absence"),
    path("absences/<int:pk>/end/", people.end_absence, name="end_absence"),
    path("certificates/<int:pk>/withdraw/", people.withdraw_certificate, name="withdraw_certificate"),
]
