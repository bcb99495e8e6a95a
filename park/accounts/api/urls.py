from django.urls import path

from park.accounts.api import tokens

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/<int:pk>/", tokens.Token.as_view(), name="token"),
]
