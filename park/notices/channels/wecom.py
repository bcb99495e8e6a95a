"""企业微信群机器人. The key is part of its address; nothing is signed.

https://developer.work.weixin.qq.com/document/path/91770
"""

from park.notices.channels.letter import Letter
from park.notices.channels.robots import judge, shorten, tell_robot

HOSTS = ("qyapi.weixin.qq.com",)
MOST = 2048  # bytes of a text


def send(letter: Letter) -> None:
    message = {"msgtype": "text", "text": {"content": shorten(letter.text, MOST)}}
    answer = tell_robot(letter.to, message, hosts=HOSTS)
    # 45009: more than 20 a minute; 93000: no such key; 40058 and others may be mended
    judge(answer.get("errcode"), answer.get("errmsg"), too_many=(45009, 45033), unknown=(93000,))
