"""Views that declare who may call them, and one that does not."""

from django.http import HttpRequest, HttpResponse

from park.accounts import policies
from park.accounts.policies import allow


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@allow(policies.DESK)
def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


@allow(policies.PUBLIC)
def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("public")


@allow(policies.OWN_ACCOUNT)
def own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("own")
