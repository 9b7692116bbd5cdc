"""nginx, HAProxy and Apache in front of echo_server: what is HTTP, and echo_client on the other side.

Python's websockets goes through them in test_clients.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable
from urllib.request import urlopen

import pytest

from harness import raw
from harness.examples import Bench, EchoServer
from harness.program import DEADLINE
from harness.proxies import PROXIES, Proxy
from harness.samples import MIB

Start = Callable[[EchoServer], Proxy]


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest, bench: Bench, tmp_path: Path) -> Start:
    """Starts a proxy in front of a server."""

    def start(server: EchoServer) -> Proxy:
        proxy = PROXIES[request.param](tmp_path, server.port)
        bench.add(proxy)
        return proxy

    return start


def test_page(bench: Bench, proxy: Start) -> None:
    server = bench.echo_server()
    with urlopen(f"http://127.0.0.1:{proxy(server).port}/", timeout=DEADLINE) as page:
        assert "WebSocket echo" in page.read().decode()
    server.wait_for_log('page: "/"')


def test_refusal_reaches_the_client(bench: Bench, proxy: Start) -> None:
    server = bench.echo_server()
    port = proxy(server).port
    with raw.connect(port) as connection:
        connection.send(raw.request(port, Sec_WebSocket_Version="12"))
        status, *headers = connection.read_head()
        assert status.startswith("HTTP/1.1 426 "), status
        assert "sec-websocket-version: 13" in map(str.lower, headers)


@pytest.mark.parametrize("deflate", [[], ["--deflate"]], ids=["plain", "deflate"])
def test_echo_client(bench: Bench, proxy: Start, deflate: list[str]) -> None:
    server = bench.echo_server("--subprotocol", "chat", *deflate)
    client = bench.echo_client(
        *("--expect-echo", "--subprotocol", "chat", "--ping", "--fragment", "5000"),
        *("--text", "grüße", "--binary-size", "0", "--binary-size", str(MIB)),
        *("--close", "4001:füge", *deflate),
        f"ws://127.0.0.1:{proxy(server).port}/through",
    )
    client.expect_exit()
    client.expect_line("= subprotocol: chat")
    client.expect_line('< close: 4001 "füge"')
    server.wait_for_close(4001, "füge")


def test_server_that_vanishes(bench: Bench, proxy: Start) -> None:
    server = bench.echo_server()
    port = proxy(server).port
    with raw.open_websocket(port) as connection:
        connection.expect_echo(b"before")
        server.vanish()
        with pytest.raises((EOFError, ConnectionResetError)):
            connection.read_frame()
    client = bench.echo_client("--text", "x", f"ws://127.0.0.1:{port}/nobody")
    client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("the server answered 50[23], not 101")
