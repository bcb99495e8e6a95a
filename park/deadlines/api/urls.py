from django.urls import path

from park.deadlines.api import working_days

urlpatterns = [
    path("working-days/due", working_days.WorkingDaysDue.as_view(), name="working_days_due"),
]
