from django.urls import path

from park.accounts.views import members, tokens

app_name = "accounts"
urlpatterns = [
    path("members/", members.overview, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<int:pk>/decide/", members.decide, name="decide"),
    path("members/<int:pk>/signatory/", members.signatory, name="signatory"),
    path("members/<int:pk>/end/", members.end, name="end"),
    path("tokens/", tokens.overview, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke"),
]
