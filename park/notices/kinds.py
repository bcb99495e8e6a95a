"""The kinds of notices and their words. Each app registers its own in a module `notice_kinds`."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from park.accounts.bilingual import reads_chinese

# By the first part of the kind; everything else is about cases.
_TOPICS = {
    "clock": "deadlines",
    "digest": "deadlines",
    "extension": "deadlines",
    "pause": "deadlines",
    "calendar": "deadlines",
    "enterprise": "account",
    "membership": "account",
    "address": "account",
}


@dataclass(frozen=True)
class Kind:
    """`title` and `body` are lazy texts with %(name)s places, filled from the notice's data when it is read. One that
    `goes_out` leaves the house by the channels by which the recipient is reached about its `topic`."""

    title: Any
    body: Any
    goes_out: bool = False
    topic: str = "cases"


_kinds: dict[str, Kind] = {}


def register(kind: str, *, title: Any, body: Any, goes_out: bool = False, topic: str | None = None) -> None:
    found = topic or _TOPICS.get(kind.partition(".")[0], "cases")
    _kinds[kind] = Kind(title, body, goes_out, found)


def known(kind: str) -> Kind:
    return _kinds[kind]


@dataclass(frozen=True)
class Words:
    title: str
    body: str


def words(kind: str, data: dict[str, Any], language: str | None = None) -> Words:
    """The notice in the reader's language; `x_zh`/`x_en` pairs of the data are offered to the texts as `x`."""
    with translation.override(language or translation.get_language()):
        text = known(kind)
        values = defaultdict(str, _for_reader(data))  # what an old notice lacks is left empty
        return Words(str(text.title) % values, str(text.body) % values)


def _for_reader(data: dict[str, Any]) -> dict[str, Any]:
    values = dict(data)
    for name, value in data.items():
        if name.endswith("_zh"):
            other = data.get(f"{name[:-3]}_en") or value
            values[name[:-3]] = value if reads_chinese() else other
        elif name.endswith("_at") and isinstance(value, str):
            instant = localtime(datetime.fromisoformat(value))
            form = "n月j日 H:i" if reads_chinese() else "j M H:i"
            values[name] = date_format(instant, form)
    return values
