"""Text messages. The gateway is a class named by settings.SMS_BACKEND; the park's provider is plugged in there.

    class Gateway:
        def send(self, *, phone: str, text: str, id: str) -> None: ...

`id` is the same for every copy, for gateways that can tell one. It raises Unreachable, TooMany, Refused, or whatever went
wrong (park.notices.channels.letter).
"""

import json
import logging
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from park.notices.channels.letter import Letter

logger = logging.getLogger(__name__)

LONGEST = 300  # characters; a longer text would be cut into many messages


class Gateway(Protocol):
    def send(self, *, phone: str, text: str, id: str) -> None: ...


class ConsoleBackend:
    """Writes a line for each message into a file and, without text and number, into the log: for trying out."""

    def send(self, *, phone: str, text: str, id: str) -> None:
        folder = Path(settings.SMS_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "sms.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": id, "phone": phone, "text": text}, ensure_ascii=False) + "\n")
        logger.info("text message %s to …%s", id, phone[-4:])


def send(letter: Letter) -> None:
    gateway: Gateway = import_string(settings.SMS_BACKEND)()
    words = f"{letter.title} {letter.body}".strip()
    text = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    gateway.send(phone=letter.to, text=f"{text} {letter.link}".strip(), id=letter.id)
