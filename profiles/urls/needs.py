"""Needs of enterprises: the enterprise's own pages, below file/, and those of the park's people, below desk/."""

from django.urls import path

from profiles.views import needs, needs_desk, predictions_desk

portal = (
    [
        path("", needs.overview, name="list"),
        path("new/", needs.new, name="new"),
        path("<int:pk>/", needs.show, name="show"),
        path("<int:pk>/edit/", needs.edit, name="edit"),
        path("<int:pk>/write/", needs.write, name="write"),
        path("<int:pk>/drop/", needs.drop, name="drop"),
        path("<int:pk>/reopen/", needs.reopen, name="reopen"),
        path("predictions/<int:pk>/answer/", needs.answer_prediction, name="answer_prediction"),
    ],
    "needs",
)
desk = (
    [
        path("needs/", needs_desk.overview, name="list"),
        path("needs/<int:pk>/", needs_desk.show, name="show"),
        path("needs/<int:pk>/answer/", needs_desk.answer, name="answer"),
        path("needs/<int:pk>/satisfy/", needs_desk.satisfy, name="satisfy"),
        path("needs/<int:pk>/drop/", needs_desk.drop, name="drop"),
        path("needs/<int:pk>/reopen/", needs_desk.reopen, name="reopen"),
        path("needs/<int:pk>/hand-over/", needs_desk.hand_over, name="hand_over"),
        path("needs/<int:pk>/edit/", needs_desk.edit, name="edit"),
        path("companies/<int:pk>/needs/", needs_desk.of_enterprise, name="of_enterprise"),
        path("companies/<int:pk>/needs/new/", needs_desk.new, name="new"),
        path("predictions/", predictions_desk.overview, name="predictions"),
        path("predictions/<int:pk>/share/", predictions_desk.share, name="share"),
        path("predictions/<int:pk>/dismiss/", predictions_desk.dismiss, name="dismiss"),
        path("predictions/<int:pk>/raise/", predictions_desk.raise_it, name="raise"),
    ],
    "desk_needs",
)
