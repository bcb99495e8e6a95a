"""What is answered when there is nothing to answer with: a page for people, a problem for programs under /api/.

The pages of last resort, 400 and 500, are made without the database and without the body of the request, since either may
be what is wrong. Django's own handlers read the body once more for the token of a form and fail a second time there.
"""

import codecs
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy

from park.accounts.api.problems import CONTENT_TYPE, problem

Answer = Callable[[HttpRequest], HttpResponse]
PROBLEMS: dict[int, tuple[str, Any]] = {
    400: ("bad_request", gettext_lazy("This request could not be read")),
    404: ("not_found", gettext_lazy("Not found.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take this method.")),
    500: ("server_error", gettext_lazy("Something is wrong on our side")),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 400) if _is_api(request) else HttpResponse(render_to_string("400.html"), status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 404) if _is_api(request) else render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _problem(request, 500) if _is_api(request) else HttpResponse(render_to_string("500.html"), status=500)


class ReadableMiddleware:
    """Refuses what no view could read: a NUL, which no text of the database holds, and any charset but UTF-8."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = unquote(request.META.get("QUERY_STRING", ""))
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if any("\0" in text for text in (request.path, query, session)):
            raise BadRequest("NUL in the address or in the session")
        if request.encoding:
            if codecs.lookup(request.encoding).name not in {"utf-8", "ascii"}:
                raise BadRequest("charset is not UTF-8")
            request.encoding = "utf-8"  # the one spelling of it that Django takes for forms
        return self.answer(request)


class NotAllowedMiddleware:
    """Says what is the matter with an address that takes forms only: whoever reloads a refused form ends up there."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        if _is_api(request):
            response.content = _problem(request, 405).content
            response["Content-Type"] = CONTENT_TYPE
        else:
            response.content = render_to_string("405.html", {"back": _page_above(request.path)}, request)
        return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(request: HttpRequest, status: int) -> HttpResponse:
    code, title = PROBLEMS[status]
    body = problem(status, code, str(title), request.path)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False})


def _page_above(path: str) -> str:
    """The nearest address above that exists; addresses of forms stand below the page that shows them."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return path
