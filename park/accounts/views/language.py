from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.i18n import set_language

from park.accounts.models import User
from park.accounts.policies import PUBLIC, allow


@allow(PUBLIC)
def choose(request: HttpRequest) -> HttpResponse:
    """Change the language, and keep it with the person: mail is written in it as well."""
    response = set_language(request)
    chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen and isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=chosen.value)
    return response
