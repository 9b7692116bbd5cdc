"""Python's websockets, and octets by hand, as servers with TLS for echo_client."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import AsyncIterator, Iterator

import pytest
from websockets.asyncio.server import ServerConnection as AsyncConnection
from websockets.exceptions import ConnectionClosed

from harness import raw
from harness.certificates import Certificates
from harness.examples import Bench, EchoClient
from harness.program import DEADLINE
from harness.raw import CLOSE
from harness.samples import CLOSES, MIB, TINY, text
from harness.servers import asyncio_server
from harness.servers import echo_asyncio as echo

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
BUFFERS = {"default": (), "tiny": TINY}


def trusting(certificates: Certificates) -> tuple[str, str]:
    return "--tls", str(certificates.root.file)


def no_connection(client: EchoClient, why: str) -> None:
    """One line says why."""
    client.expect_exit(client.NO_CONNECTION)
    assert client.lines == [f"= no connection: {why}"], client.report()


@pytest.mark.parametrize("buffers", BUFFERS.values(), ids=BUFFERS)
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_messages(
    bench: Bench,
    certificates: Certificates,
    version: ssl.TLSVersion,
    buffers: tuple[str, ...],
) -> None:
    context = certificates.good.server_context()
    context.minimum_version = context.maximum_version = version
    with asyncio_server(echo, context) as server:
        client = bench.echo_client(
            *("--text", "a ä € 漢字 😀", "--text", text(70000), "--binary-size", "0"),
            *("--binary-size", str(MIB), "--expect-echo", *buffers),
            *(*trusting(certificates), server.url),
        )
        client.expect_exit()
    client.expect_line('< text, 20 octets, as sent: "a ä € 漢字 😀"')
    client.expect_line(f"< binary, {MIB} octets, as sent")
    client.expect_line("= closed")
    assert server.closed == [(1000, "")]


def test_fragments_and_a_ping_of_the_client(
    bench: Bench, certificates: Certificates
) -> None:
    with asyncio_server(echo, certificates.good.server_context()) as server:
        client = bench.echo_client(
            *("--fragment", "1000", "--ping", "--text", text(20000), "--expect-echo"),
            *(*trusting(certificates), server.url),
        )
        client.expect_exit()
    client.expect_line("< pong")


def test_fragments_of_the_server_with_pings_between(
    bench: Bench, certificates: Certificates
) -> None:
    pongs = []

    async def handler(connection: AsyncConnection) -> None:
        received = await connection.recv()

        async def fragments() -> AsyncIterator[str | bytes]:
            for at in range(0, len(received), 1000):
                yield received[at : at + 1000]
                pongs.append(await (await connection.ping(f"at {at}")))

        await connection.send(fragments())
        await echo(connection)

    message = text(9000)
    with asyncio_server(handler, certificates.good.server_context()) as server:
        client = bench.echo_client(
            *("--text", message, "--expect-echo", *BUFFERS["tiny"]),
            *(*trusting(certificates), server.url),
        )
        client.expect_exit()
    assert len(pongs) == -(-len(message) // 1000)


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
@pytest.mark.parametrize("by_server", [True, False], ids=["server", "client"])
def test_close(
    bench: Bench, certificates: Certificates, code: int, reason: str, by_server: bool
) -> None:
    async def handler(connection: AsyncConnection) -> None:
        await connection.send(await connection.recv())
        if by_server:
            await connection.close(code, reason)
        else:
            await echo(connection)

    status = f"{code}:{reason}" if reason else str(code)
    close = ["--receive", "all"] if by_server else ["--close", status]
    with asyncio_server(handler, certificates.good.server_context()) as server:
        client = bench.echo_client(
            "--text", "Hello", *close, *trusting(certificates), server.url
        )
        client.expect_exit()
    client.expect_line(f'> close: {code} "{reason}"')
    client.expect_line(f'< close: {code} "{reason}"')
    assert server.closed == [(code, reason)]


def test_server_drops_the_connection(bench: Bench, certificates: Certificates) -> None:
    async def handler(connection: AsyncConnection) -> None:
        await connection.recv()
        connection.transport.abort()
        with pytest.raises(ConnectionClosed):
            await connection.recv()

    with asyncio_server(handler, certificates.good.server_context()) as server:
        client = bench.echo_client(
            "--text", "Hello", *trusting(certificates), server.url
        )
        client.expect_exit(client.LOST)
    client.expect_line(
        "= lost: the peer ended the connection without TLS's close_notify"
    )


# ---- whom the client believes ----


def test_host_by_name(bench: Bench, certificates: Certificates) -> None:
    names = []
    context = certificates.good.server_context()
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with asyncio_server(echo, context) as server:
        for host in ("localhost", "127.0.0.1"):
            client = bench.echo_client(
                "--text", "a", *trusting(certificates), f"wss://{host}:{server.port}"
            )
            client.expect_exit()
    assert names == ["localhost", None]


def test_certificate_of_the_server_itself(
    bench: Bench, certificates: Certificates
) -> None:
    """What is trusted need not be a root."""
    with asyncio_server(echo, certificates.good.server_context()) as server:
        file = str(certificates.good.file)
        client = bench.echo_client("--text", "a", "--tls", file, server.url)
        client.expect_exit()


def test_certificates_of_the_system(
    bench: Bench, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL looks for them where this variable says."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.root.file))
    with asyncio_server(echo, certificates.good.server_context()) as server:
        bench.echo_client("--text", "a", server.url).expect_exit()
        monkeypatch.undo()
        no_connection(
            bench.echo_client("--text", "a", server.url),
            "the peer's certificate: unable to get local issuer certificate",
        )


@pytest.mark.parametrize(
    "name, host, why",
    [
        ("misnamed", "localhost", "hostname mismatch"),
        ("misnamed", "127.0.0.1", "IP address mismatch"),
        ("stranger", "127.0.0.1", "self-signed certificate"),
    ],
)
def test_wrong_certificate(
    bench: Bench, certificates: Certificates, name: str, host: str, why: str
) -> None:
    context = getattr(certificates, name).server_context()
    with asyncio_server(echo, context) as server:
        url = f"wss://{host}:{server.port}/"
        client = bench.echo_client("--text", "a", *trusting(certificates), url)
        no_connection(client, f"the peer's certificate: {why}")
    assert server.closed == []


def test_host_by_name_of_another_root(bench: Bench, certificates: Certificates) -> None:
    with asyncio_server(echo, certificates.good.server_context()) as server:
        file = str(certificates.stranger.file)
        client = bench.echo_client("--text", "a", "--tls", file, server.url)
        no_connection(
            client, "the peer's certificate: unable to get local issuer certificate"
        )


# ---- servers that break TLS ----


@contextmanager
def accepted(
    bench: Bench, certificates: Certificates, *options: str
) -> Iterator[tuple[EchoClient, socket.socket]]:
    """A client, and the server's end of its connection, on which nothing has been said."""
    with raw.listen() as listener:
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}/"
        words = ["--text", "a", *trusting(certificates), *options, url]
        client = bench.echo_client(*words)
        with listener.accept()[0] as stream:
            stream.settimeout(DEADLINE)
            yield client, stream


def test_server_without_tls(bench: Bench, certificates: Certificates) -> None:
    with accepted(bench, certificates) as (client, stream):
        assert stream.recv(65536)[:1] == b"\x16"
        stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        no_connection(client, "the peer does not speak TLS")


@pytest.mark.parametrize("by_reset", [False, True], ids=["end", "reset"])
def test_server_that_vanishes_in_the_handshake(
    bench: Bench, certificates: Certificates, by_reset: bool
) -> None:
    with accepted(bench, certificates) as (client, stream):
        assert stream.recv(65536)[:1] == b"\x16"
        if by_reset:
            raw.reset(stream)
            no_connection(client, "Connection reset by peer")
        else:
            stream.close()
            no_connection(client, "the peer ended the connection in the TLS handshake")


def test_server_that_stops_in_the_handshake(
    bench: Bench, certificates: Certificates
) -> None:
    with accepted(bench, certificates, "--timeout", "1") as (client, _stream):
        no_connection(client, "the TLS handshake takes too long")


def test_server_that_refuses(bench: Bench, certificates: Certificates) -> None:
    """What its alert says is told."""
    context = certificates.good.server_context()
    context.sni_callback = (
        lambda _socket, _name, _context: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    )
    with accepted(bench, certificates) as (client, stream):
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(stream, server_side=True)
        no_connection(client, "TLS: tlsv1 unrecognized name")


def test_the_client_answers_close_notify(
    bench: Bench, certificates: Certificates
) -> None:
    """RFC 8446 section 6.1: each side says that it ends."""
    context = certificates.good.server_context()
    with raw.listen() as listener:
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}/"
        client = bench.echo_client("--receive", "all", *trusting(certificates), url)
        with context.wrap_socket(
            listener, server_side=True, suppress_ragged_eofs=False
        ) as secured, raw.accept_websocket(secured) as connection:
            connection.send(raw.server_frame(CLOSE, b"\x03\xe8bye"))
            assert connection.read_frame().payload == b"\x03\xe8bye"
            assert isinstance(connection.stream, ssl.SSLSocket)
            # Where the client's close_notify does not come, this is an error.
            connection.stream.unwrap().close()
        client.expect_exit()
