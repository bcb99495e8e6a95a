from django.urls import path

from park.deadlines import views

app_name = "deadlines"
urlpatterns = [
    path("years/", views.years_page, name="years"),
    path("years/read/", views.read, name="read_year"),
    path("years/apply/", views.apply, name="apply_year"),
    path("years/<int:year>/", views.one_year, name="year"),
    path("years/<int:year>/withdraw/", views.withdraw, name="withdraw_year"),
]
