"""Nothing that a person gives as an address leads into the house."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from park.notices.channels import outgoing
from park.notices.channels.letter import Unreachable
from park.notices.channels.outgoing import NotAllowed, check, is_outside, post, read
from tests.notices.receivers import HOST, Receiver, receiver, trickle


@pytest.fixture
def allowed(settings) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({HOST})
    with receiver() as it:
        yield it


@pytest.fixture
def names(monkeypatch):
    """What names stand for, answer by answer; the last one is repeated. Also who was asked."""
    book: dict[str, list[list[str]]] = {}
    asked: list[str] = []

    def look_up(host, port, *_args, **_kwargs):
        asked.append(host)
        answers = book.get(host)
        if not answers:
            raise socket.gaierror("unknown")
        numbers = answers.pop(0) if len(answers) > 1 else answers[0]
        families = [socket.AF_INET6 if ":" in number else socket.AF_INET for number in numbers]
        return [
            (family, socket.SOCK_STREAM, 6, "", (number, port))
            for family, number in zip(families, numbers, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    book["asked"] = asked  # type: ignore[assignment]
    return book


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "scheme"),
        ("ftp://hooks.example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("//hooks.example.com/", "scheme"),
        ("hooks.example.com", "scheme"),
        ("https://me:word@hooks.example.com/", "user"),
        ("https://hooks.example.com@10.0.0.1/", "user"),
        ("https://@hooks.example.com/", "user"),
        ("https://hooks.example.com:8443/", "port"),
        ("https://hooks.example.com:22/", "port"),
        ("https://hooks.example.com:0/", "port"),
        ("https://hooks.example.com:99999/", "spelling"),
        ("https://[::1/", "spelling"),
        ("https://hooks.example.com\\@10.0.0.1/", "spelling"),
        ("https://hooks.example.com/\r\nHost: x", "spelling"),
        ("https://hooks。example.com/", "spelling"),
        ("https://hooks.example.com/" + "x" * 1000, "spelling"),
        ("", "spelling"),
        ("https://localhost/", "host"),
        ("https://portal/", "host"),
        ("https://127.0.0.1/", "host"),
        ("https://8.8.8.8/", "host"),
        ("https://2130706433/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://127.1/", "host"),
        ("https://127.0.0.1./", "host"),
        ("https://[::1]/", "host"),
        ("https://[::ffff:127.0.0.1]/", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://169.254.169.254/latest/meta-data/", "host"),
        ("https://100.64.0.1/", "host"),
        ("https://hooks.example.com./", "host"),
        ("https://hooks..example.com/", "host"),
        ("https://a_b.example.com/", "host"),
        ("https:///x", "host"),
        ("https://%31%32%37.0.0.1/", "host"),
    ],
)
def test_address_that_may_not_be_sent_to(url: str, reason: str):
    for look in (read, check):
        with pytest.raises(NotAllowed) as refusal:
            look(url)
        assert refusal.value.reason == reason
    with pytest.raises(NotAllowed):
        post(url, b"", {})


def test_address_that_may():
    assert read("https://Hooks.Example.com/a?b=c#d") == outgoing.Target(
        "https", "hooks.example.com", 443, "/a?b=c", False
    )
    assert read("https://hooks.example.com:443").path == "/"


def test_robot_lives_at_its_platform_alone():
    assert read("https://oapi.dingtalk.com/robot/send", only=("oapi.dingtalk.com",)).host == "oapi.dingtalk.com"
    for other in ("evil.example.com", "oapi.dingtalk.com.evil.example.com", "x.oapi.dingtalk.com"):
        with pytest.raises(NotAllowed) as refusal:
            read(f"https://{other}/", only=("oapi.dingtalk.com",))
        assert refusal.value.reason == "platform"


def test_allowed_host_is_exempt_and_its_neighbours_are_not(settings):
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({"127.0.0.1"})
    assert read("http://127.0.0.1:8080/x", only=("oapi.dingtalk.com",)).is_exempt
    with pytest.raises(NotAllowed):
        read("http://127.0.0.2:8080/x")
    with pytest.raises(NotAllowed):
        read("http://me@127.0.0.1:8080/x")
    with pytest.raises(NotAllowed):
        read("ftp://127.0.0.1/x")


@pytest.mark.parametrize(
    "number",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.254",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "nonsense",
        "1.2.3",
    ],
)
def test_numbers_inside(number: str):
    assert not is_outside(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "223.5.5.5", "101.226.211.46", "2400:3200::1", "2606:4700::1111"])
def test_numbers_outside(number: str):
    assert is_outside(number)


@pytest.mark.parametrize(
    "numbers", [["10.0.0.8"], ["8.8.8.8", "127.0.0.1"], ["2400:3200::1", "::1"], ["::ffff:10.0.0.1"]]
)
def test_name_that_stands_for_a_number_inside_is_refused_twice(names, numbers: list[str]):
    names["hooks.example.com"] = [numbers]
    for act in (lambda: check("https://hooks.example.com/"), lambda: post("https://hooks.example.com/", b"", {})):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert refusal.value.reason == "inside"


def test_name_that_is_not_known_now_may_be_kept_and_is_not_reached(names):
    assert check("https://hooks.example.com/").host == "hooks.example.com"
    with pytest.raises(Unreachable, match="not known"):
        post("https://hooks.example.com/", b"", {})


def test_name_that_changes_its_mind_is_asked_once(names, settings):
    """The number that was judged is the number that is called: here only the first answer leads to the receiver."""
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({"flips.example.com"})
    names["flips.example.com"] = [[HOST], ["127.0.0.9"]]
    with receiver() as it:
        answer = post(f"http://flips.example.com:{it.port}/", b"{}", {})
    assert answer.status == 200
    assert names["asked"] == ["flips.example.com"]
    assert it.got[0].headers["host"] == f"flips.example.com:{it.port}"


def test_name_that_was_outside_at_the_form_is_judged_again_when_sent(names):
    names["flips.example.com"] = [["8.8.8.8"], ["127.0.0.1"]]
    check("https://flips.example.com/")
    with pytest.raises(NotAllowed):
        post("https://flips.example.com/", b"", {})


def test_redirect_is_an_answer_and_is_not_followed(allowed: Receiver):
    with receiver() as inside:
        allowed.status, allowed.headers = 302, {"Location": f"{inside.url}/secret"}
        assert post(allowed.url, b"", {}).status == 302
    assert inside.got == []


def test_answer_is_read_up_to_a_limit(allowed: Receiver):
    allowed.answer = b"x" * 1_000_000
    assert len(post(allowed.url, b"", {}).body) == outgoing.MOST


@pytest.mark.parametrize("manner", [trickle, lambda _handler: time.sleep(3)], ids=["trickles", "silent"])
def test_server_that_takes_its_time_is_left(allowed: Receiver, manner, monkeypatch):
    monkeypatch.setattr(outgoing, "SECONDS", 0.6)
    allowed.before = manner
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time"):
        post(allowed.url, b"", {})
    assert time.monotonic() - began < 1.5


def test_resolver_that_takes_its_time_is_left(monkeypatch):
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(2) or [])
    began = time.monotonic()
    with pytest.raises(Unreachable):
        post("https://hooks.example.com/", b"", {})
    assert time.monotonic() - began < 1.5


def test_server_that_is_down_is_unreachable(settings):
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({HOST})
    with receiver() as it:
        url = it.url
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        post(f"{url}/?key=hidden", b"", {})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "both.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            path,
            "-out",
            tmp_path / "only.pem",
            "-subj",
            "/CN=hooks.example.com",
            "-addext",
            "subjectAltName=DNS:hooks.example.com",
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + (tmp_path / "only.pem").read_text())
    return path


def test_certificate_must_be_that_of_the_name(names, settings, certificate: Path, monkeypatch):
    """The connection goes to a number; name and certificate stay those of the address."""
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({"hooks.example.com", "other.example.com"})
    names["hooks.example.com"] = names["other.example.com"] = [[HOST]]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked_for: list[str] = []
    context.sni_callback = lambda _sock, name, _context: asked_for.append(name)
    with receiver(context) as it:
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            post(f"https://hooks.example.com:{it.port}/", b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(f"https://hooks.example.com:{it.port}/", b"{}", {}).status == 200
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            post(f"https://other.example.com:{it.port}/", b"{}", {})
    assert asked_for == ["hooks.example.com", "hooks.example.com", "other.example.com"]
    assert [got.headers["host"] for got in it.got] == [f"hooks.example.com:{it.port}"]
