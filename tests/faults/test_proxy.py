"""The proxy passes everything on, until it is told to be slow, to cut, or to be silent."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from faults.proxy import Proxy
from park.runtime.ports import LOOPBACK, free_port


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that says everything back."""
    server = socket.create_server((LOOPBACK, free_port()))
    threading.Thread(target=_echo, args=[server], daemon=True).start()
    made = Proxy(free_port(), lambda: server.getsockname()[1])
    made.start()
    yield made
    made.stop()
    server.close()


def _echo(server: socket.socket) -> None:
    while True:
        try:
            client, _address = server.accept()
        except OSError:
            return
        threading.Thread(target=_repeat, args=[client], daemon=True).start()


def _repeat(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1000):
                client.sendall(data)
        except OSError:
            return


def connected(proxy: Proxy, timeout: float = 5.0) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=timeout)


def said(client: socket.socket, text: bytes = b"hello") -> bytes:
    client.sendall(text)
    return client.recv(1000)


def test_what_is_sent_comes_back(proxy: Proxy):
    with connected(proxy) as client:
        assert said(client) == b"hello"


def test_slow_proxy_holds_back_both_ways(proxy: Proxy):
    proxy.slow(0.2)
    with connected(proxy) as client:
        began = time.monotonic()
        assert said(client) == b"hello"
        assert time.monotonic() - began >= 0.4


def test_silent_proxy_lets_nothing_through_and_then_everything(proxy: Proxy):
    with connected(proxy, timeout=0.4) as client:
        assert said(client) == b"hello"
        proxy.blackhole(True)
        time.sleep(0.1)
        with pytest.raises(TimeoutError):
            said(client, b"anybody?")
        proxy.heal()
        client.settimeout(5)
        assert client.recv(1000) == b"anybody?"


def test_reset_ends_open_connections_and_lets_new_ones_in(proxy: Proxy):
    with connected(proxy) as client:
        assert said(client) == b"hello"
        proxy.reset_all()
        with pytest.raises(OSError):
            while said(client):
                time.sleep(0.01)
            raise OSError("closed")
    with connected(proxy) as client:
        assert said(client) == b"hello"


def test_proxy_resets_at_every_so_many_pieces(proxy: Proxy):
    proxy.reset_every(3)
    with connected(proxy) as client:
        assert said(client) == b"hello"
        with pytest.raises(OSError):
            if not said(client):
                raise OSError("closed")
