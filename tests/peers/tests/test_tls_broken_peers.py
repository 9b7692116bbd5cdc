"""Peers of echo_server that break TLS or vanish. The log says why; nobody else notices."""

from __future__ import annotations

import socket
import ssl
import pytest

from harness import raw
from harness.examples import StartServer
from harness.raw import BINARY, CLOSE, client_frame

IN_HANDSHAKE = "lost: the peer ended the connection in the TLS handshake"
WITHOUT_FAREWELL = "lost: the peer ended the connection without TLS's close_notify"


def client_hello() -> bytes:
    """The first octets of a TLS client."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(
            ssl.MemoryBIO(), outgoing, server_hostname="localhost"
        ).do_handshake()
    return outgoing.read()


def below(connection: raw.RawConnection) -> socket.socket:
    """The TCP connection itself, out of reach of Python's TLS."""
    return socket.socket(fileno=socket.dup(connection.stream.fileno()))


def test_plain_http(tls_server: StartServer) -> None:
    server = tls_server()
    with raw.connect(server.port) as client:
        client.send(raw.request(server.port))
        server.wait_for_log("lost: the peer speaks HTTP without TLS")


def test_no_tls_at_all(tls_server: StartServer) -> None:
    server = tls_server()
    with raw.connect(server.port) as client:
        client.send(b"\x82\x85" + bytes(100))
        server.wait_for_log("lost: the peer does not speak TLS")


# How many octets of a ClientHello are sent; None: all, and the server has answered them.
@pytest.mark.parametrize("count", [0, 3, 100, None])
@pytest.mark.parametrize("by_reset", [False, True], ids=["end", "reset"])
def test_client_that_vanishes_in_the_handshake(
    tls_server: StartServer, count: int | None, by_reset: bool
) -> None:
    server = tls_server()
    client = raw.connect(server.port).stream
    client.sendall(client_hello()[:count])
    if count is None:
        assert client.recv(5)[:1] == b"\x16"  # a record of a handshake
    if by_reset:
        raw.reset(client)
        server.wait_for_line("^#1 lost: ")
    elif count is None:
        client.shutdown(socket.SHUT_WR)  # as long as there are unread octets
        server.wait_for_log(IN_HANDSHAKE)
        client.close()
    else:
        client.close()
        server.wait_for_log(IN_HANDSHAKE)


def test_client_that_stops_in_the_handshake(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    """It has as much time as for the head of a request."""
    server = tls_server()
    with raw.connect(server.port) as silent, raw.connect(server.port) as other:
        other.send(client_hello()[:100])
        with raw.open_websocket(server.port, trusting) as served:
            served.expect_echo(b"meanwhile")
        server.wait_for_count("^#[12] lost: the TLS handshake takes too long$", 2)
        silent.expect_end()


def test_client_that_does_not_trust(tls_server: StartServer) -> None:
    server = tls_server()
    with pytest.raises(ssl.SSLCertVerificationError):
        raw.connect(server.port, ssl.create_default_context())
    server.wait_for_line("^#1 lost: TLS: .*alert unknown ca$")


def test_client_that_wants_another_host(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with pytest.raises(ssl.SSLCertVerificationError):
        raw.connect(server.port, trusting, "elsewhere.test")
    server.wait_for_line("^#1 lost: TLS: .*alert ")


@pytest.mark.parametrize("how", ["end", "reset", "close_notify"])
@pytest.mark.parametrize(
    "octets",
    [b"", client_frame(BINARY, bytes(70000))[:9]],
    ids=["between-frames", "behind-a-header"],
)
def test_client_that_vanishes(
    tls_server: StartServer, trusting: ssl.SSLContext, octets: bytes, how: str
) -> None:
    server = tls_server()
    with raw.open_websocket(server.port, trusting) as lost:
        lost.expect_echo(b"here")
        if octets:
            lost.send(octets)
        if how == "close_notify":
            assert isinstance(lost.stream, ssl.SSLSocket)
            lost.stream.unwrap().close()  # an error if the server says nothing
            server.wait_for_log("lost: the peer closed the connection")
        elif how == "end":
            with below(lost) as stream:
                stream.shutdown(socket.SHUT_WR)
            server.wait_for_log(WITHOUT_FAREWELL)
        else:
            raw.reset(lost.stream)
            server.wait_for_line("^#1 lost: ")


def test_record_that_is_broken(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with raw.open_websocket(server.port, trusting) as client:
        with below(client) as stream:
            stream.sendall(b"\x17\x03\x03\x00\x40" + bytes(64))
        server.wait_for_line("^#1 lost: TLS: .*bad record mac$")


def test_websocket_frame_that_is_broken(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with raw.open_websocket(server.port, trusting) as client:
        client.send(raw.header(0x81, 2, None) + b"hi")
        assert client.read_frame().close_code == 1002
        client.expect_end()
    with raw.open_websocket(server.port, trusting) as client:
        client.send(client_frame(CLOSE, b"\x03\xe8") + bytes(40000))
        assert client.read_frame().close_code == 1000
        client.expect_end()
