"""Python's websockets as server for echo_client: messages, pings and fragments."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from websockets.sync.server import ServerConnection

from harness.examples import Bench
from harness.program import DEADLINE
from harness.samples import MIB, octets, pattern, text
from harness.servers import echo, python_server


@pytest.mark.parametrize("message", ["Hello", "a ä € 漢字 😀", "", "x" * 5000])
def test_text(bench: Bench, message: str) -> None:
    with python_server(echo) as server:
        client = bench.echo_client("--text", message, server.url)
        client.expect_exit()
    client.expect_line(f"< text: {message}")
    client.expect_line('< close: 1000 ""')
    client.expect_line("= closed")
    assert server.closed == [(1000, "")]


def test_several_messages_come_back_in_order(bench: Bench) -> None:
    with python_server(echo) as server:
        client = bench.echo_client(
            *("--text", "one", "--binary-size", "70000", "--text", "три"),
            *("--expect-echo", server.url),
        )
        client.expect_exit()
    received = [line for line in client.lines if line.startswith("< ")]
    assert received == [
        '< text, 3 octets, as sent: "one"',
        "< binary, 70000 octets, as sent",
        '< text, 6 octets, as sent: "три"',
        '< close: 1000 ""',
    ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70000, MIB, 16 * MIB])
def test_binary(bench: Bench, size: int) -> None:
    correct = []

    def handler(connection: ServerConnection) -> None:
        for message in connection:
            correct.append(message == pattern(size))
            connection.send(message)

    with python_server(handler) as server:
        client = bench.echo_client(
            "--expect-echo", "--binary-size", str(size), server.url
        )
        client.expect_exit()
    assert correct == [True]
    client.expect_line(f"< binary, {size} octets, as sent")


@pytest.mark.parametrize("count", [0, 70001])
def test_file(bench: Bench, tmp_path: Path, count: int) -> None:
    correct = []

    def handler(connection: ServerConnection) -> None:
        for message in connection:
            correct.append(message == octets(count))
            connection.send(message)

    file = tmp_path / "octets.bin"
    file.write_bytes(octets(count))
    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", "--file", str(file), server.url)
        client.expect_exit()
    assert correct == [True]


@pytest.mark.parametrize("buffers", [("256", "16"), ("65536", "65536")], ids=str)
def test_buffers(bench: Bench, buffers: tuple[str, str]) -> None:
    with python_server(echo) as server:
        client = bench.echo_client(
            *("--receive-buffer", buffers[0], "--send-buffer", buffers[1]),
            *("--text", text(9000), "--binary-size", "300000"),
            *("--expect-echo", server.url),
        )
        client.expect_exit()
    client.expect_line("< binary, 300000 octets, as sent")


def test_wrong_echo_is_told(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        for message in connection:
            assert isinstance(message, bytes)
            connection.send(message[:-1] + bytes([message[-1] ^ 1]))

    with python_server(handler) as server:
        client = bench.echo_client(
            "--expect-echo", "--binary-size", "70000", server.url
        )
        client.expect_exit(client.NOT_ALL)
    client.expect_line("< binary, 70000 octets, NOT as sent")


@pytest.mark.parametrize("size", [1, 100, 10000])
def test_fragments_of_the_client(bench: Bench, size: int) -> None:
    fragments: list[bytes] = []

    def handler(connection: ServerConnection) -> None:
        fragments.extend(connection.recv_streaming(decode=False))
        connection.send(b"".join(fragments).decode())
        echo(connection)

    message = text(2000)
    with python_server(handler) as server:
        client = bench.echo_client(
            *("--fragment", str(size), "--text", message),
            *("--expect-echo", server.url),
        )
        client.expect_exit()
    octets_sent = message.encode()
    expected = [octets_sent[at : at + size] for at in range(0, 2000, size)]
    assert fragments == expected


def test_ping_of_the_client(bench: Bench) -> None:
    with python_server(echo) as server:
        client = bench.echo_client("--ping", "--text", "with a ping", server.url)
        client.expect_exit()
    client.expect_line("> ping")
    client.expect_line("< pong")
    client.expect_line("< text: with a ping")


@pytest.mark.parametrize("payload", [b"", b"x", octets(125)], ids=len)
def test_ping_of_the_server_is_answered(bench: Bench, payload: bytes) -> None:
    answered = []

    def handler(connection: ServerConnection) -> None:
        message = connection.recv(DEADLINE)
        answered.append(connection.ping(payload).wait(DEADLINE))
        connection.send(message)
        echo(connection)

    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", "--text", "Hello", server.url)
        client.expect_exit()
    assert answered == [True]


def test_unsolicited_pong_changes_nothing(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.pong(b"nobody asked")
        echo(connection)

    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", "--text", "Hello", server.url)
        client.expect_exit()


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_fragments_of_the_server_with_pings_between(
    bench: Bench, tmp_path: Path, kind: str
) -> None:
    answered = []

    def handler(connection: ServerConnection) -> None:
        received = connection.recv(DEADLINE)

        def fragments() -> Iterator[str | bytes]:
            for at in range(0, len(received), 1000):
                yield received[at : at + 1000]
                answered.append(connection.ping(f"at {at}").wait(DEADLINE))

        connection.send(fragments())
        echo(connection)

    file = tmp_path / "octets.bin"
    file.write_bytes(octets(9000))
    message = ["--text", text(9000)] if kind == "text" else ["--file", str(file)]
    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", *message, server.url)
        client.expect_exit()
    length = len(message[1]) if kind == "text" else 9000
    assert answered == [True] * -(-length // 1000)
