"""echo_client against a server by hand: its request, its frames, and what breaks RFC 6455."""

from __future__ import annotations

import base64
import socket
from typing import Iterator

import pytest

from harness import raw
from harness.examples import Bench, EchoClient
from harness.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, server_frame


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with raw.listen() as listener:
        yield listener


def start_client(bench: Bench, listener: socket.socket, *arguments: str) -> EchoClient:
    port = listener.getsockname()[1]
    return bench.echo_client(*arguments, f"ws://127.0.0.1:{port}/some/path?query=1")


def answer_close(connection: raw.RawConnection) -> None:
    frame = connection.read_frame()
    assert frame.opcode == CLOSE
    connection.send(server_frame(CLOSE, frame.payload))


def test_request(bench: Bench, listener: socket.socket) -> None:
    """RFC 6455 section 4.1."""
    start_client(bench, listener, "--text", "Hello")
    with raw.RawConnection(listener.accept()[0]) as connection:
        request, *lines = connection.read_head()
        headers = {
            name.lower(): value
            for name, value in (line.split(": ", 1) for line in lines)
        }
        assert request == "GET /some/path?query=1 HTTP/1.1"
        assert headers["host"] == f"127.0.0.1:{listener.getsockname()[1]}"
        assert headers["upgrade"].lower() == "websocket"
        assert "upgrade" in headers["connection"].lower()
        assert headers["sec-websocket-version"] == "13"
        assert len(base64.b64decode(headers["sec-websocket-key"], validate=True)) == 16
        assert len(lines) == len(headers), "a header twice"


def test_frames_are_masked_with_fresh_keys(
    bench: Bench, listener: socket.socket
) -> None:
    """RFC 6455 section 5.3."""
    count = 20
    arguments = [
        word for number in range(count) for word in ("--text", f"text {number}")
    ]
    client = start_client(bench, listener, "--expect-echo", *arguments)
    keys = []
    with raw.accept_websocket(listener) as connection:
        for number in range(count):
            frame = connection.read_frame()
            assert (frame.opcode, frame.payload) == (TEXT, f"text {number}".encode())
            keys.append(frame.key)
            connection.send(server_frame(TEXT, frame.payload))
        frame = connection.read_frame()
        keys.append(frame.key)
        connection.send(server_frame(CLOSE, frame.payload))
    client.expect_exit()
    assert None not in keys
    assert len(set(keys)) == count + 1


def test_keys_differ_between_processes(bench: Bench, listener: socket.socket) -> None:
    keys = []
    for _ in range(4):
        client = start_client(bench, listener, "--text", "Hello")
        with raw.accept_websocket(listener) as connection:
            frame = connection.read_frame()
            keys.append(frame.key)
            connection.send(server_frame(TEXT, frame.payload))
            answer_close(connection)
        client.expect_exit()
    assert len(set(keys)) == 4


def test_frame_behind_the_answer(bench: Bench, listener: socket.socket) -> None:
    client = start_client(bench, listener, "--text", "Hello")
    with raw.accept_websocket(listener, server_frame(PING, b"eager")) as connection:
        frames = {
            frame.opcode: frame
            for frame in (connection.read_frame(), connection.read_frame())
        }
        assert frames[PONG].payload == b"eager"
        assert frames[PONG].key is not None
        connection.send(server_frame(TEXT, frames[TEXT].payload))
        answer_close(connection)
    client.expect_exit()


BROKEN_FRAMES = {
    "masked": raw.client_frame(TEXT, b"hi"),
    "rsv1": b"\xc1\x02hi",
    "opcode-3": server_frame(3, b"hi"),
    "fragmented-ping": server_frame(PING, b"hi", fin=False),
    "long-ping": server_frame(PING, bytes(126)),
    "length-not-minimal": b"\x82\x7e\x00\x7d" + bytes(125),
    "continuation-of-nothing": server_frame(CONTINUATION, b"hi"),
    "close-1005": server_frame(CLOSE, (1005).to_bytes(2, "big")),
    "length-2-63": b"\x82\xff" + b"\xff" * 8,
}

BROKEN_TEXT = {
    "no-utf-8": server_frame(TEXT, b"\xff"),
    "close-reason": server_frame(CLOSE, b"\x03\xe8\xff"),
}
FAULTS = [(octets, 1002) for octets in BROKEN_FRAMES.values()]
FAULTS += [(octets, 1007) for octets in BROKEN_TEXT.values()]


@pytest.mark.parametrize(("octets", "code"), FAULTS, ids=[*BROKEN_FRAMES, *BROKEN_TEXT])
def test_broken_frame(
    bench: Bench, listener: socket.socket, octets: bytes, code: int
) -> None:
    client = start_client(bench, listener, "--text", "Hello")
    with raw.accept_websocket(listener) as connection:
        assert connection.read_frame().opcode == TEXT
        connection.send(octets)
        frame = connection.read_frame()
        assert frame.close_code == code
        assert frame.key is not None
        connection.expect_end()
    client.expect_exit(client.BROKEN)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        server_frame(BINARY, bytes(70000))[:2000],
        server_frame(TEXT, b"a", fin=False),
    ],
    ids=["between-frames", "in-a-frame", "in-a-message"],
)
def test_server_that_vanishes(
    bench: Bench, listener: socket.socket, octets: bytes
) -> None:
    client = start_client(bench, listener, "--text", "Hello")
    with raw.accept_websocket(listener) as connection:
        assert connection.read_frame().opcode == TEXT
        connection.send(octets)
    client.expect_exit(client.LOST)
    client.wait_for_line("lost|closed the connection")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: x\r\n" * 20000,
    ],
    ids=["nothing", "200", "no-accept", "ssh", "endless"],
)
def test_no_websocket_server(
    bench: Bench, listener: socket.socket, answer: bytes
) -> None:
    client = start_client(bench, listener, "--text", "Hello")
    with raw.RawConnection(listener.accept()[0]) as connection:
        connection.read_head()
        try:
            connection.send(answer)
        except ConnectionError:
            pass  # the client need not read to the end
    client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("answer")
