from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import translation
from rest_framework.views import APIView

from park.accounts.policies import declared_policy, lacks_second_factor

Answer = Callable[[HttpRequest], HttpResponse]
LANGUAGES = dict(settings.LANGUAGES)


class LanguageMiddleware:
    """Chinese first: only a person's own choice (cookie), or the header of an API call, changes the language."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if request.path.startswith(("/api/v1/", "/api/schema/")) and not language:
            language = translation.get_language_from_request(request)
        language = language if language in LANGUAGES else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.answer(request)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response = response.render()
        response.headers.setdefault("Content-Language", "zh-CN" if language == "zh-hans" else language)
        return response


def _where_to_go_on(request: HttpRequest) -> str:
    """The page itself; for a form that came too late, the page on which it stood, since its address cannot be opened."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    inside = came_from.netloc == request.get_host()
    return came_from._replace(scheme="", netloc="").geturl() if inside else reverse("start")


class PolicyMiddleware:
    """Deny by default: a view runs only when its declared policy admits the person."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        api_class = getattr(view, "cls", None)
        if api_class is not None and issubclass(api_class, APIView):
            return None  # the API authenticates by token as well, and asks the same policy in DeclaredPolicy
        policy = declared_policy(view)
        if policy is None:
            raise PermissionDenied("no policy declared")
        if policy.public:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(_where_to_go_on(request))
        if not policy.admits(request.user):
            raise PermissionDenied(policy.name)
        if policy.second_factor and lacks_second_factor(request.user):
            return redirect("mfa_activate_totp")
        return None
