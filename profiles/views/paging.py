"""Long lists by the number of their rows, the newest first."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest

PAGE = 30
_DIGITS = 18  # of a number that the database can hold


def page_of(request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE, **kept: str) -> tuple[list[Any], str, str]:
    """The rows below ?before=, and where the first rows and those after these are found; empty where there are none."""
    before = request.GET.get("before", "")
    is_place = before.isascii() and before.isdecimal() and len(before) <= _DIGITS
    rows = rows.order_by("-pk")
    found: list[Model] = list((rows.filter(pk__lt=int(before)) if is_place else rows)[: size + 1])
    narrowed = {name: value for name, value in kept.items() if value}
    further = "?" + urlencode({**narrowed, "before": found[size - 1].pk}) if len(found) > size else ""
    first = "?" + urlencode(narrowed) if is_place else ""
    return found[:size], first, further
