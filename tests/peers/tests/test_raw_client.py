"""Requests and octets by hand to echo_server: what well-behaved libraries never send so."""

from __future__ import annotations

import socket
import threading

import pytest

from harness import raw
from harness.examples import Bench
from harness.program import DEADLINE
from harness.raw import BINARY, CLOSE, TEXT, client_frame
from harness.samples import TINY


def test_frame_behind_the_request(bench: Bench) -> None:
    server = bench.echo_server()
    with raw.connect(server.port) as connection:
        connection.send(raw.request(server.port) + client_frame(TEXT, b"eager"))
        assert connection.read_head()[0].startswith("HTTP/1.1 101 ")
        assert connection.read_message() == (TEXT, b"eager")


def test_one_octet_at_a_time(bench: Bench) -> None:
    server = bench.echo_server(*TINY)
    with raw.connect(server.port) as connection:
        connection.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in raw.request(server.port) + client_frame(TEXT, b"patience" * 40):
            connection.send(bytes([octet]))
        assert connection.read_head()[0].startswith("HTTP/1.1 101 ")
        assert connection.read_message() == (TEXT, b"patience" * 40)


def test_answer_follows_the_rfc(bench: Bench) -> None:
    """The example of RFC 6455 section 1.3."""
    server = bench.echo_server()
    with raw.connect(server.port) as connection:
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        connection.send(raw.request(server.port, Sec_WebSocket_Key=key))
        status, *lines = connection.read_head()
        headers = {
            name.lower(): value for name, value in (line.split(": ") for line in lines)
        }
        assert status.startswith("HTTP/1.1 101 ")
        assert headers["upgrade"].lower() == "websocket"
        assert headers["connection"].lower() == "upgrade"
        assert headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert "sec-websocket-extensions" not in headers
        assert "sec-websocket-protocol" not in headers


def test_server_sends_no_masks(bench: Bench) -> None:
    """RFC 6455 section 5.1."""
    server = bench.echo_server()
    with raw.open_websocket(server.port) as connection:
        connection.send(client_frame(TEXT, b"hi") + client_frame(raw.PING, b"p"))
        frames = [connection.read_frame(), connection.read_frame()]
        connection.send(client_frame(CLOSE, b"\x03\xe8"))
        frames.append(connection.read_frame())
        assert [frame.key for frame in frames] == [None] * 3
        assert {frame.opcode for frame in frames} == {TEXT, raw.PONG, CLOSE}


@pytest.mark.parametrize(
    "header, value, status",
    [
        ("Sec_WebSocket_Version", "8", "426"),
        ("Sec_WebSocket_Version", None, "400"),
        ("Sec_WebSocket_Key", None, "400"),
        ("Sec_WebSocket_Key", "c2hvcnQ=", "400"),
        ("Host", None, "400"),
        ("Connection", "keep-alive", "400"),
    ],
)
def test_refused_request(
    bench: Bench, header: str, value: str | None, status: str
) -> None:
    server = bench.echo_server()
    with raw.connect(server.port) as connection:
        connection.send(raw.request(server.port, **{header: value}))
        lines = connection.read_head()
        assert lines[0].startswith(f"HTTP/1.1 {status} ")
        if status == "426":
            # RFC 6455 section 4.4.
            assert "Sec-WebSocket-Version: 13" in lines
    with raw.open_websocket(server.port) as connection:
        connection.expect_echo(b"still served")


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 20_000,
    ],
    ids=["tls", "no-http", "endless-header", "endless-headers"],
)
def test_no_request_at_all(bench: Bench, octets: bytes) -> None:
    server = bench.echo_server()
    with raw.connect(server.port) as connection:
        try:
            connection.send(octets)
            lines = connection.read_head()
            assert lines[0].startswith("HTTP/1.1 4"), lines
        except (EOFError, ConnectionError):
            pass  # an end without an answer is as good
    with raw.open_websocket(server.port) as connection:
        connection.expect_echo(b"still served")


def test_peer_that_never_finishes_its_request(bench: Bench) -> None:
    server = bench.echo_server()
    with raw.connect(server.port) as slow, raw.open_websocket(server.port) as other:
        slow.send(raw.request(server.port)[:20])
        other.expect_echo(b"served meanwhile")
    with raw.open_websocket(server.port) as connection:
        connection.expect_echo(b"still served")


def test_peer_that_does_not_read(bench: Bench) -> None:
    """What the server cannot send yet must neither stop it nor get lost."""
    server = bench.echo_server()
    message = bytes(range(256)) * 256
    count = 256
    with raw.open_websocket(server.port) as greedy, raw.open_websocket(
        server.port
    ) as other:
        frame = client_frame(BINARY, message)
        writer = threading.Thread(target=greedy.send, args=[frame * count])
        writer.start()
        for _ in range(50):
            other.expect_echo(b"served meanwhile")
        for _ in range(count):
            same = greedy.read_message() == (BINARY, message)
            assert same
        writer.join(DEADLINE)
        assert not writer.is_alive()
