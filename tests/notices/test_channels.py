"""What robots and webhooks are sent, how it is signed, and what their refusals mean."""

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from park.notices import channels
from park.notices.channels import dingtalk, feishu, robots, webhook
from park.notices.channels.letter import Letter, NotSent, Refused, TooMany
from tests.cast import NOW
from tests.notices.receivers import HOST, Receiver, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def robot(settings) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({HOST})
    with receiver() as it:
        yield it


def letter(to: str, secret: str = "", body: str = "请今日内办理。") -> Letter:
    return Letter(
        "rung:7:0:B0:3",
        "clock.B0.staff",
        "逾期：预审",
        body,
        "https://portal.example/x",
        "zh-hans",
        NOW,
        NOW,
        to,
        secret,
    )


def by_openssl(key: bytes, message: bytes) -> str:
    """HMAC-SHA256 in base64, made by another program."""
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"],
        input=message,
        capture_output=True,
        check=True,
    )
    return base64.b64encode(made.stdout).decode()


def test_wecom_gets_a_text_at_the_address_with_the_key(robot: Receiver):
    channels.SEND["wecom"](letter(f"{robot.url}/cgi-bin/webhook/send?key=abc"))
    [got] = robot.got
    assert got.path == "/cgi-bin/webhook/send?key=abc"
    assert got.json == {
        "msgtype": "text",
        "text": {"content": "逾期：预审\n\n请今日内办理。\n\nhttps://portal.example/x"},
    }
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"{HOST}:{robot.port}"


def test_dingtalk_signature_is_the_documented_one():
    key = b"SECtest"
    assert dingtalk.sign("SECtest", 1_700_000_000_000) == by_openssl(key, b"1700000000000\nSECtest")


def test_dingtalk_gets_time_and_signature_in_the_address(robot: Receiver):
    channels.SEND["dingtalk"](letter(f"{robot.url}/robot/send?access_token=t", "SECtest"))
    [got] = robot.got
    query = parse_qs(urlsplit(got.path).query, strict_parsing=True)
    assert query["access_token"] == ["t"]
    assert query["sign"] == [by_openssl(b"SECtest", f"{query['timestamp'][0]}\nSECtest".encode())]
    assert got.json["text"]["content"].startswith("逾期：预审")


def test_dingtalk_without_secret_is_not_signed(robot: Receiver):
    channels.SEND["dingtalk"](letter(f"{robot.url}/robot/send?access_token=t"))
    assert robot.got[0].path == "/robot/send?access_token=t"


def test_feishu_signature_is_the_documented_one():
    """The key is the text to be signed, and what is signed is empty."""
    assert feishu.sign("demo", 1_599_360_473) == by_openssl(b"1599360473\ndemo", b"")


def test_feishu_gets_time_and_signature_in_the_message(robot: Receiver):
    channels.SEND["feishu"](letter(f"{robot.url}/open-apis/bot/v2/hook/x", "demo"))
    sent = robot.got[0].json
    assert sent["sign"] == by_openssl(f"{sent['timestamp']}\ndemo".encode(), b"")
    assert (sent["msg_type"], sent["content"]["text"][:5]) == ("text", "逾期：预审")


@pytest.mark.parametrize("channel", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"errcode": 310000, "errmsg": "sign not match", "code": 19021, "msg": "sign match fail"}),
        (200, b"<html>"),
        (200, []),
        (200, {}),
        (500, {"errcode": 0, "code": 0}),
        (302, {"errcode": 0, "code": 0}),
    ],
)
def test_robot_that_does_not_say_yes_has_not_taken_it(robot: Receiver, channel: str, status: int, answer: object):
    robot.status, robot.answer = status, answer
    with pytest.raises(NotSent) as failure:
        channels.SEND[channel](letter(f"{robot.url}/?key=hidden", "demo-secret"))
    assert not isinstance(failure.value, Refused | TooMany)
    assert "hidden" not in str(failure.value)


@pytest.mark.parametrize(
    ("channel", "answer", "wait"),
    [
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, 1),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, 10),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, 1),
    ],
)
def test_robot_that_takes_no_more_for_now_says_for_how_long(robot: Receiver, channel: str, answer: dict, wait: int):
    robot.answer = answer
    with pytest.raises(TooMany) as failure:
        channels.SEND[channel](letter(robot.url))
    assert failure.value.wait == timedelta(minutes=wait)


@pytest.mark.parametrize(
    ("channel", "answer"),
    [("wecom", {"errcode": 93000}), ("dingtalk", {"errcode": 300005}), ("feishu", {"code": 19001})],
)
def test_robot_that_is_gone_refuses_for_good(robot: Receiver, channel: str, answer: dict):
    robot.answer = answer
    with pytest.raises(Refused):
        channels.SEND[channel](letter(robot.url))


def test_old_feishu_robot_answers_with_another_word(robot: Receiver):
    robot.answer = {"StatusCode": 0, "StatusMessage": "success"}
    channels.SEND["feishu"](letter(robot.url))
    assert len(robot.got) == 1


def test_text_is_cut_between_characters():
    assert robots.shorten("预审" * 3, 18) == "预审" * 3
    assert robots.shorten("预审" * 3, 17) == "预审预审…"
    assert len(robots.shorten("预" * 5000, 2048).encode()) <= 2048


def test_webhook_signature_is_that_of_standard_webhooks():
    """The worked example of the specification's own libraries."""
    signature = webhook.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_webhook_gets_the_notice_as_json_with_a_stable_id(robot: Receiver):
    for _ in range(2):
        channels.SEND["webhook"](letter(f"{robot.url}/in", SECRET))
    first, second = robot.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "rung:7:0:B0:3"
    assert first.body == second.body
    assert first.json["type"] == "clock.B0.staff"
    assert first.json["data"]["title"] == "逾期：预审"
    signed = f"rung:7:0:B0:3.{first.headers['webhook-timestamp']}.".encode() + first.body
    digest = hmac.new(base64.b64decode(SECRET[6:]), signed, hashlib.sha256).digest()
    assert first.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(404, Refused), (410, Refused), (429, TooMany), (400, NotSent), (500, NotSent), (302, NotSent)],
)
def test_webhook_that_refuses(robot: Receiver, status: int, meaning: type[Exception]):
    robot.status = status
    robot.headers = {"Location": "http://127.0.0.1:1/"}
    with pytest.raises(NotSent) as failure:
        channels.SEND["webhook"](letter(robot.url, SECRET))
    assert type(failure.value) is meaning
    assert len(robot.got) == 1


@pytest.mark.parametrize("secret", ["", "whsec_", "geheim", "whsec_c2hvcnQ=", "预审"])
def test_secret_that_is_no_key_is_known_as_such(secret: str):
    with pytest.raises(ValueError):
        webhook.key_of(secret)


def test_text_message_is_written_to_the_file_and_not_into_the_log(settings, tmp_path, caplog):
    settings.SMS_FILE_PATH = str(tmp_path / "sms")
    with caplog.at_level("INFO"):
        channels.SEND["sms"](letter("13900001234", body="长" * 400))
    line = json.loads((tmp_path / "sms" / "sms.jsonl").read_text(encoding="utf-8"))
    assert (line["id"], line["phone"]) == ("rung:7:0:B0:3", "13900001234")
    assert line["text"].endswith("… https://portal.example/x")
    assert len(line["text"]) < 340
    assert "13900001234" not in caplog.text
    assert "预审" not in caplog.text
