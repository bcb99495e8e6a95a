"""The portal's addresses, and one under each roof whose view fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from park.accounts.policies import PUBLIC, allow
from park.urls import handler400, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler404", "handler500"]


@allow(PUBLIC)
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


urlpatterns = [path("broken/", broken), path("api/v1/broken/", broken), *urlpatterns]
