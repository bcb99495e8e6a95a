"""What the three group robots have in common: a post to the platform's own host, and an answer that may be a refusal."""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from park.notices.channels.letter import NotSent, Refused, TooMany
from park.notices.channels.outgoing import post


def tell_robot(url: str, message: dict[str, Any], *, hosts: Collection[str]) -> dict[str, Any]:
    """Post a message and return what the platform answered; it answers 200 to what it refuses as well."""
    answer = post(url, json.dumps(message, ensure_ascii=False).encode(), {}, only=hosts)
    if answer.status == 429:
        raise TooMany("HTTP 429")
    if answer.status != 200:
        raise NotSent(f"HTTP {answer.status}")
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotSent("the answer is not that of a robot")
    return found


def judge(
    code: Any,
    words: Any,
    *,
    too_many: Collection[int],
    unknown: Collection[int],
    wait: timedelta = timedelta(minutes=1),
) -> None:
    """Raise what a platform's error code means: nothing for 0, TooMany, Refused for a robot that is gone, else NotSent."""
    if code == 0 and not isinstance(code, bool):
        return
    text = f"error {str(code)[:20]}: {str(words)[:120]}"
    if code in too_many:
        raise TooMany(text, wait)
    raise Refused(text) if code in unknown else NotSent(text)


def shorten(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, never half a character."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore") + "…"
