from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from park.notices.models import Notice


def unread(request: HttpRequest) -> dict[str, object]:
    """How many notices the signed-in person has not read, for the bell of every page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"unread": 0}
    return {"unread": SimpleLazyObject(lambda: Notice.objects.filter(recipient=user).unread().count())}
