"""Python's websockets as server for echo_client: handshakes and endings."""

from __future__ import annotations

import http
import socket

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection
from websockets.typing import Subprotocol

from harness.examples import Bench
from harness.program import DEADLINE
from harness.samples import CLOSES
from harness.servers import echo, python_server


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
def test_server_closes_first(bench: Bench, code: int, reason: str) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.send(connection.recv(DEADLINE))
        connection.close(code, reason)

    with python_server(handler) as server:
        client = bench.echo_client("--text", "Hello", "--receive", "all", server.url)
        client.expect_exit()
    client.expect_line("< text: Hello")
    client.expect_line(f'< close: {code} "{reason}"')
    client.expect_line(f'> close: {code} "{reason}"')
    assert server.closed == [(code, reason)]


def test_server_closes_too_early(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.recv(DEADLINE)
        connection.close(1011, "no more")

    with python_server(handler) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        client.expect_exit(client.NOT_ALL)
    client.expect_line('< close: 1011 "no more"')


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
def test_client_closes(bench: Bench, code: int, reason: str) -> None:
    with python_server(echo) as server:
        status = f"{code}:{reason}" if reason else str(code)
        client = bench.echo_client("--text", "Hello", "--close", status, server.url)
        client.expect_exit()
    client.expect_line(f'> close: {code} "{reason}"')
    client.expect_line(f'< close: {code} "{reason}"')
    assert server.closed == [(code, reason)]


def test_client_closes_without_a_code(bench: Bench) -> None:
    with python_server(echo) as server:
        client = bench.echo_client("--text", "Hello", "--close", "none", server.url)
        client.expect_exit()
    assert server.closed == [(1005, "")]


def test_server_drops_the_connection(bench: Bench) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.recv(DEADLINE)
        connection.socket.shutdown(socket.SHUT_RDWR)
        with pytest.raises(ConnectionClosed):
            connection.recv(DEADLINE)

    with python_server(handler) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        client.expect_exit(client.LOST)
    client.wait_for_line("lost|closed the connection")


def test_server_refuses(bench: Bench) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(http.HTTPStatus.FORBIDDEN, "not for you")

    with python_server(echo, process_request=refuse) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("the server answered 403, not 101")


def test_wrong_accept(bench: Bench) -> None:
    def spoil(
        _connection: ServerConnection, _request: Request, response: Response
    ) -> Response:
        del response.headers["Sec-WebSocket-Accept"]
        response.headers["Sec-WebSocket-Accept"] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        return response

    def handler(connection: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            connection.recv(DEADLINE)

    with python_server(handler, process_response=spoil) as server:
        client = bench.echo_client("--text", "Hello", server.url)
        client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("the server's answer is wrong")


def test_subprotocol(bench: Bench) -> None:
    with python_server(echo, subprotocols=[Subprotocol("chat.v2")]) as server:
        client = bench.echo_client(
            *("--subprotocol", "chat.v1", "--subprotocol", "chat.v2"),
            *("--text", "Hello", server.url),
        )
        client.expect_exit()
    client.expect_line("= subprotocol: chat.v2")


def test_server_takes_no_subprotocol(bench: Bench) -> None:
    """Microsoft's documentation: an error where the server accepts none of those offered."""

    def handler(connection: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            connection.recv(DEADLINE)

    with python_server(handler) as server:
        client = bench.echo_client("--subprotocol", "chat", "--text", "x", server.url)
        client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("E_SUBPROTOCOL_NOT_SUPPORTED")


def test_nobody_listens(bench: Bench) -> None:
    with python_server(echo) as server:
        url = server.url
    client = bench.echo_client("--text", "Hello", url)
    client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("(?i)refused")
