"""A program of the person's own: the notice as JSON, signed after Standard Webhooks (https://www.standardwebhooks.com).

`webhook-id` is the same for every copy of a notice, so that a receiver can tell a copy from something new.
"""

import base64
import binascii
import hashlib
import hmac
import json

from park.notices.channels.letter import Letter, NotSent, Refused, TooMany
from park.notices.channels.outgoing import post

PREFIX = "whsec_"
GONE = {404, 410}


def key_of(secret: str) -> bytes:
    """The key in a secret, `whsec_` and base64 of 24 to 64 bytes. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("not 24 to 64 bytes")
    return key


def sign(secret: str, name: str, seconds: int, body: bytes) -> str:
    digest = hmac.new(key_of(secret), f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def body_of(letter: Letter) -> bytes:
    told = {
        "type": letter.kind,
        "timestamp": letter.told_at.isoformat(),
        "data": {
            "id": letter.id,
            "title": letter.title,
            "body": letter.body,
            "link": letter.link,
            "language": letter.language,
        },
    }
    return json.dumps(told, ensure_ascii=False).encode()


def send(letter: Letter) -> None:
    body, seconds = body_of(letter), int(letter.sent_at.timestamp())
    headers = {
        "webhook-id": letter.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(letter.secret, letter.id, seconds, body),
    }
    status = post(letter.to, body, headers).status
    if 200 <= status < 300:
        return
    if status in GONE:
        raise Refused(f"HTTP {status}")
    if status == 429:
        raise TooMany("HTTP 429")
    raise NotSent(f"HTTP {status}, which is not followed" if 300 <= status < 400 else f"HTTP {status}")
