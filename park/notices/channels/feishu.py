"""飞书自定义机器人. Time and signature stand in the message: HMAC-SHA256 of nothing, keyed by "seconds\\nsecret".

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import base64
import hashlib
import hmac
from typing import Any

from park.notices.channels.letter import Letter
from park.notices.channels.robots import judge, shorten, tell_robot

HOSTS = ("open.feishu.cn", "open.larksuite.com")
MOST = 15_000  # bytes of a text; a whole message may have 20 KB


def sign(secret: str, seconds: int) -> str:
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def send(letter: Letter) -> None:
    message: dict[str, Any] = {"msg_type": "text", "content": {"text": shorten(letter.text, MOST)}}
    if letter.secret:
        seconds = int(letter.sent_at.timestamp())
        message |= {"timestamp": str(seconds), "sign": sign(letter.secret, seconds)}
    answer = tell_robot(letter.to, message, hosts=HOSTS)
    code = answer.get("code", answer.get("StatusCode"))  # robots made long ago answer with the second
    # 9499 and 11232: too many; 19001: no such robot
    judge(code, answer.get("msg", answer.get("StatusMessage")), too_many=(9499, 11232), unknown=(19001,))
