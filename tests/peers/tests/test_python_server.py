"""Python's websockets as server for echo_client."""

from __future__ import annotations

import http
from pathlib import Path
from typing import Iterator

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection
from websockets.typing import Subprotocol

from harness.examples import Bench
from harness.program import DEADLINE
from harness.samples import MIB, MULTI_OCTET, octets, text
from harness.servers import echo, python_server


@pytest.mark.parametrize("message", ["Hello", "a ä € 漢字 😀", "", "x" * 5000])
def test_text(bench: Bench, message: str) -> None:
    with python_server(echo) as server:
        client = bench.echo_client("--expect-echo", "--text", message, server.url)
        assert client.wait_for_exit() == 0, client.report()
    client.wait_for_closed(1000)
    assert server.closed == [(1000, "")]
    if len(message) < 100:
        assert message in client.output


def test_several_texts(bench: Bench) -> None:
    texts = ["one", "zwei", "три"]
    arguments = [word for message in texts for word in ("--text", message)]
    with python_server(echo) as server:
        client = bench.echo_client("--expect-echo", *arguments, server.url)
        assert client.wait_for_exit() == 0, client.report()
    positions = [client.output.index(message) for message in texts]
    assert positions == sorted(positions)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70000, MIB, 16 * MIB])
def test_binary(bench: Bench, size: int) -> None:
    lengths = []

    def handler(connection: ServerConnection) -> None:
        for message in connection:
            assert isinstance(message, bytes)
            lengths.append(len(message))
            connection.send(message)

    with python_server(handler) as server:
        client = bench.echo_client(
            "--expect-echo", "--binary-size", str(size), server.url
        )
        assert client.wait_for_exit() == 0, client.report()
    assert lengths == [size]


def test_file(bench: Bench, tmp_path: Path) -> None:
    received = []

    def handler(connection: ServerConnection) -> None:
        for message in connection:
            received.append(message)
            connection.send(message)

    file = tmp_path / "octets.bin"
    file.write_bytes(octets(70001))
    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", "--file", str(file), server.url)
        assert client.wait_for_exit() == 0, client.report()
    same = received == [file.read_bytes()]
    assert same


def test_wrong_echo_is_told(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        message = connection.recv(DEADLINE)
        assert isinstance(message, bytes)
        connection.send(message[:-1] + bytes([message[-1] ^ 1]))
        connection.recv(DEADLINE)

    with python_server(handler) as server:
        client = bench.echo_client(
            "--expect-echo", "--binary-size", "70000", server.url
        )
        assert client.wait_for_exit() != 0, client.report()


@pytest.mark.parametrize("size", [1, 100, 10000])
def test_fragments_of_the_client(bench: Bench, size: int) -> None:
    frames = []

    def handler(connection: ServerConnection) -> None:
        frames.extend(connection.recv_streaming(decode=False))
        connection.send(b"".join(frames).decode())
        connection.recv(DEADLINE)

    message = text(2000)
    with python_server(handler) as server:
        arguments = ["--fragment", str(size), "--text", message]
        client = bench.echo_client(*arguments, server.url)
        assert client.wait_for_exit() == 0, client.report()
    assert b"".join(frames).decode() == message
    assert all(len(frame) <= size for frame in frames)
    assert len(frames) >= len(message.encode()) // size


def test_ping_of_the_client(bench: Bench) -> None:
    with python_server(echo) as server:
        client = bench.echo_client("--ping", "--text", "with a ping", server.url)
        assert client.wait_for_exit() == 0, client.report()
    assert "pong" in client.output.lower()


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
        assert client.wait_for_exit() == 0, client.report()
    assert answered == [True]


@pytest.mark.parametrize("message", [text(9000), octets(9000)], ids=["text", "binary"])
def test_fragments_of_the_server(
    bench: Bench, message: str | bytes, tmp_path: Path
) -> None:
    answered = []

    def handler(connection: ServerConnection) -> None:
        received = connection.recv(DEADLINE)

        def fragments() -> Iterator[str | bytes]:
            for at in range(0, len(received), 1000):
                yield received[at : at + 1000]
                answered.append(connection.ping(f"at {at}").wait(DEADLINE))

        connection.send(fragments())  # type: ignore[arg-type]
        echo(connection)

    file = tmp_path / "octets.bin"
    if isinstance(message, bytes):
        file.write_bytes(message)
        arguments = ["--file", str(file)]
    else:
        arguments = ["--text", message]
    with python_server(handler) as server:
        client = bench.echo_client("--expect-echo", *arguments, server.url)
        assert client.wait_for_exit() == 0, client.report()
    assert len(answered) == -(-len(message) // 1000) and all(answered)


@pytest.mark.parametrize("code, reason", [(1000, "done"), (1001, ""), (4000, "füge")])
def test_server_closes_first(bench: Bench, code: int, reason: str) -> None:
    def handler(connection: ServerConnection) -> None:
        message = connection.recv(DEADLINE)
        connection.send(message)
        connection.close(code, reason)

    with python_server(handler) as server:
        client = bench.echo_client("--text", "Hello", "--wait", server.url)
        client.wait_for_exit()
    client.wait_for_closed(code, reason)
    assert server.closed == [(code, reason)]


@pytest.mark.parametrize("code, reason", [(1000, "done"), (1001, ""), (4000, "füge")])
def test_client_closes(bench: Bench, code: int, reason: str) -> None:
    with python_server(echo) as server:
        status = f"{code}:{reason}" if reason else str(code)
        client = bench.echo_client("--text", "Hello", "--close", status, server.url)
        assert client.wait_for_exit() == 0, client.report()
    assert server.closed == [(code, reason)]


def test_server_drops_the_connection(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.recv(DEADLINE)
        connection.socket.close()

    with python_server(handler) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        assert client.wait_for_exit() != 0, client.report()
    assert "connection" in client.output.lower()


def test_server_refuses(bench: Bench) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(http.HTTPStatus.FORBIDDEN, "not for you")

    with python_server(echo, process_request=refuse) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        assert client.wait_for_exit() != 0, client.report()
    client.wait_for_line("403")


def test_wrong_accept(bench: Bench) -> None:
    def spoil(
        _connection: ServerConnection, _request: Request, response: Response
    ) -> Response:
        del response.headers["Sec-WebSocket-Accept"]
        response.headers["Sec-WebSocket-Accept"] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        return response

    with python_server(echo, process_response=spoil) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        assert client.wait_for_exit() != 0, client.report()
    client.wait_for_line("(?i)handshake")


def test_subprotocol(bench: Bench) -> None:
    with python_server(echo, subprotocols=[Subprotocol("chat.v2")]) as server:
        arguments = ["--subprotocol", "chat.v2", "--text", "Hello"]
        client = bench.echo_client(*arguments, server.url)
        assert client.wait_for_exit() == 0, client.report()
    client.wait_for_line(r"chat\.v2")


def test_nobody_listens(bench: Bench) -> None:
    with python_server(echo) as server:
        url = server.url
    client = bench.echo_client("--text", MULTI_OCTET[:-2], url)
    assert client.wait_for_exit() != 0, client.report()
    client.wait_for_line("(?i)refused|connect")
