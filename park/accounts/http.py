from django.http import HttpRequest

from park.accounts.models import User


class SignedInRequest(HttpRequest):
    """The request of a view whose policy lets in nobody who is not signed in."""

    user: User
