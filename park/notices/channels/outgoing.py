"""Posts to addresses that people have given, and to nothing inside the house.

An address is read once, its name is resolved once, every number it stands for must be a public one, and the connection goes
to exactly that number. Redirects are not followed, and no more is read and no longer waited than SECONDS and MOST allow.
Hosts of settings.OUTGOING_ALLOWED_HOSTS are exempt from the rules about scheme, port and number.
"""

import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from park.notices.channels.letter import Refused, Unreachable

SECONDS = 5.0  # for everything: name, connection, answer
MOST = 64 * 1024  # bytes of an answer
LONGEST = 1000  # characters of an address

# Letters of RFC 3986 alone: parsers differ about everything else.
_SPELLING = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]*[a-z0-9]")

# Numbers that Python calls global and that lead to other numbers, or to many.
_NOT_OUTSIDE = [ipaddress.ip_network(text) for text in ("192.88.99.0/24", "2001::/23", "2002::/16", "64:ff9b::/96")]
_OUTSIDE_V6 = ipaddress.ip_network("2000::/3")


class NotAllowed(Refused):
    """The portal does not send to this address. `reason` is one of spelling, scheme, user, host, port, platform, inside."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"address not allowed: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str
    is_exempt: bool


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def read(url: str, *, only: Collection[str] = ()) -> Target:
    """What an address says, without asking anybody. `only` names the hosts that it may lead to. Raises NotAllowed."""
    if len(url) > LONGEST or not _SPELLING.fullmatch(url):
        raise NotAllowed("spelling")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise NotAllowed("spelling") from error
    exempt = host in settings.OUTGOING_ALLOWED_HOSTS
    if parts.scheme != "https" and not (exempt and parts.scheme == "http"):
        raise NotAllowed("scheme")
    if "@" in parts.netloc:
        raise NotAllowed("user")
    if not exempt:
        if not _NAME.fullmatch(host):  # neither a number in any spelling, nor a bare name of the own network
            raise NotAllowed("host")
        if port not in {None, 443}:
            raise NotAllowed("port")
        if only and host not in only:
            raise NotAllowed("platform")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path, exempt)


def check(url: str, *, only: Collection[str] = ()) -> Target:
    """As `read`; and the name must not stand for a number inside. A name that is not known now passes: sending will tell."""
    target = read(url, only=only)
    try:
        numbers = _resolve(target, time.monotonic() + SECONDS)
    except Unreachable:
        return target
    _refuse_inside(target, numbers)
    return target


def post(url: str, body: bytes, headers: dict[str, str], *, only: Collection[str] = ()) -> Answer:
    """Raises NotAllowed, or Unreachable when nothing or no HTTP comes back in time."""
    target = read(url, only=only)
    until = time.monotonic() + SECONDS
    numbers = _resolve(target, until)
    _refuse_inside(target, numbers)
    try:
        with _connect(numbers, target.port, until) as plain, _Limit(plain, until), _secured(plain, target) as sock:
            return _exchange(sock, target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        # The words of an error may hold the address, and the address may hold a key: its name must do.
        raise Unreachable(f"{target.host}: {_name_of(error, until)}") from None


def is_outside(number: str) -> bool:
    """Whether a number belongs to the public network: not private, shared, local, many, reserved, or another in disguise."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _OUTSIDE_V6:
        return False  # ::ffff:10.0.0.1 among them
    return not any(address in network for network in _NOT_OUTSIDE if network.version == address.version)


def _refuse_inside(target: Target, numbers: list[str]) -> None:
    if not target.is_exempt and not all(is_outside(number) for number in numbers):
        raise NotAllowed("inside")


def _resolve(target: Target, until: float) -> list[str]:
    """All numbers of the name, asked for once; in a thread, because the resolver of the system keeps no time."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put([str(address[0]) for *_rest, address in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        numbers = answers.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        numbers = []
    if not numbers:
        raise Unreachable(f"{target.host}: the name is not known")
    return list(dict.fromkeys(numbers))


def _connect(numbers: list[str], port: int, until: float) -> socket.socket:
    """To the first number that answers. They are numbers already, so that nobody is asked for the name again."""
    last: OSError = TimeoutError("timed out")
    for number in numbers:
        left = until - time.monotonic()
        if left <= 0:
            break
        family = socket.AF_INET6 if ":" in number else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(left)
        try:
            sock.connect((number, port))
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last


def _secured(plain: socket.socket, target: Target) -> socket.socket:
    """The certificate must be that of the name in the address, whatever number it stood for."""
    if target.scheme == "http":
        return plain
    # Made from a copy of the descriptor, so that _Limit can still end the conversation while hands are shaken.
    return ssl.create_default_context().wrap_socket(plain.dup(), server_hostname=target.host)


def _exchange(sock: socket.socket, target: Target, body: bytes, headers: dict[str, str]) -> Answer:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    conversation = kind(target.host, target.port, timeout=SECONDS)
    conversation.sock = sock
    fixed = {"User-Agent": "park-portal", "Accept": "application/json", "Connection": "close"}
    conversation.request("POST", target.path, body, {"Content-Type": "application/json", **fixed, **headers})
    response = conversation.getresponse()
    return Answer(response.status, response.read(MOST))


class _Limit:
    """Ends a conversation when its time is up: a timeout of the socket begins anew with every byte that trickles in."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _name_of(error: Exception, until: float) -> str:
    return "no answer in time" if time.monotonic() >= until else type(error).__name__
