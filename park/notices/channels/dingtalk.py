"""钉钉自定义机器人. Time and signature are added to its address: HMAC-SHA256 of "milliseconds\\nsecret", keyed by the secret.

https://open.dingtalk.com/document/robots/customize-robot-security-settings
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlencode

from park.notices.channels.letter import Letter
from park.notices.channels.robots import judge, shorten, tell_robot

HOSTS = ("oapi.dingtalk.com",)
MOST = 15_000  # bytes of a text; a whole message may have 20 000
BLOCKED = timedelta(minutes=10)  # after more than 20 a minute


def sign(secret: str, milliseconds: int) -> str:
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed(url: str, secret: str, milliseconds: int) -> str:
    if not secret:
        return url
    added = urlencode({"timestamp": milliseconds, "sign": sign(secret, milliseconds)})
    return f"{url}{'&' if '?' in url else '?'}{added}"


def send(letter: Letter) -> None:
    url = signed(letter.to, letter.secret, int(letter.sent_at.timestamp() * 1000))
    message = {"msgtype": "text", "text": {"content": shorten(letter.text, MOST)}}
    answer = tell_robot(url, message, hosts=HOSTS)
    # 130101, 410100 and 660026: too fast; 300001 and 300005: no such token
    judge(
        answer.get("errcode"),
        answer.get("errmsg"),
        too_many=(130101, 410100, 660026),
        unknown=(300001, 300005),
        wait=BLOCKED,
    )
