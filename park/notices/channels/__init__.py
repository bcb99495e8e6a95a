"""The ways out of the house, one module each, with one function: `send(letter)` returns when the other end has taken it."""

from collections.abc import Callable

from park.notices.channels import dingtalk, email, feishu, sms, webhook, wecom
from park.notices.channels.letter import Letter

SEND: dict[str, Callable[[Letter], None]] = {
    "email": email.send,
    "sms": sms.send,
    "wecom": wecom.send,
    "dingtalk": dingtalk.send,
    "feishu": feishu.send,
    "webhook": webhook.send,
}

# The hosts that a person's address of this channel may lead to; a webhook may lead anywhere outside.
HOSTS: dict[str, tuple[str, ...]] = {
    "wecom": wecom.HOSTS,
    "dingtalk": dingtalk.HOSTS,
    "feishu": feishu.HOSTS,
    "webhook": (),
}
