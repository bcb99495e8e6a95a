"""Tags: the list and the tags of one enterprise below desk/, one's own below file/."""

from django.urls import path

from profiles.views import tags, tags_desk

desk = [
    path("tags/", tags_desk.overview, name="list"),
    path("tags/<slug:tag>/", tags_desk.show, name="show"),
    path("tags/<slug:tag>/edit/", tags_desk.edit, name="edit"),
    path("companies/<int:pk>/tags/", tags_desk.of_enterprise, name="of_enterprise"),
    path("companies/<int:pk>/tags/certificate/", tags_desk.certificate, name="certificate"),
    path("companies/<int:pk>/tags/by-hand/", tags_desk.by_hand, name="by_hand"),
    path("companies/<int:pk>/tags/<slug:tag>/<slug:origin>/end/", tags_desk.end, name="end"),
]
portal = [path("tags/", tags.own, name="own")]
