from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from park.accounts.models import ApiToken, User
from park.accounts.services import digest


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer park_…`; the token is looked up by its digest."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        now = timezone.now()
        text = parts[1].decode("ascii", "replace") if len(parts) == 2 else ""
        token = ApiToken.objects.usable(now).select_related("user").filter(digest=digest(text)).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("The token is unknown, expired or revoked."))
        today = timezone.localdate(now)
        if token.last_used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="park portal"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
