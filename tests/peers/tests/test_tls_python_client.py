"""Python's websockets, and frames by hand, as clients of echo_server with TLS."""

from __future__ import annotations

import select
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection as AsyncConnection

from harness import raw
from harness.certificates import Certificates
from harness.examples import Bench, StartServer
from harness.program import DEADLINE
from harness.pyclient import assert_long_echoes, converse
from harness.raw import BINARY, CLOSE, TEXT, client_frame
from harness.samples import CLOSES, MESSAGES, MIB, MULTI_OCTET, TINY, octets

BUFFERS = {"default": (), "tiny": TINY}
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.mark.parametrize("buffers", BUFFERS.values(), ids=BUFFERS)
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_messages(
    tls_server: StartServer,
    trusting: ssl.SSLContext,
    version: ssl.TLSVersion,
    buffers: tuple[str, ...],
) -> None:
    trusting.minimum_version = trusting.maximum_version = version
    server = tls_server(*buffers)
    assert_long_echoes(server.url, *MESSAGES.values(), ssl=trusting)
    server.wait_for_log(f"text message, {MIB} octets")


@pytest.mark.parametrize(
    "parts", [["a", "", "ü", "z" * 5000], [b"", b"\xff", octets(5000)]]
)
def test_fragments_with_pings_between(
    tls_server: StartServer, trusting: ssl.SSLContext, parts: list[str] | list[bytes]
) -> None:
    pongs = []

    async def script(client: AsyncConnection) -> None:
        async def fragments() -> AsyncIterator[Any]:
            for number, part in enumerate(parts):
                yield part
                pongs.append(await (await client.ping(f"between {number}")))

        await client.send(fragments())
        assert await client.recv() == parts[0][:0].join(parts)  # type: ignore[arg-type]

    converse(tls_server(*TINY).url, script, ssl=trusting)
    assert len(pongs) == len(parts)


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
def test_close_by_the_client(
    tls_server: StartServer, trusting: ssl.SSLContext, code: int, reason: str
) -> None:
    async def script(client: AsyncConnection) -> None:
        await client.send("before")
        assert await client.recv() == "before"
        await client.close(code, reason)
        assert (client.close_code, client.close_reason) == (code, reason)

    server = tls_server()
    converse(server.url, script, ssl=trusting)
    server.wait_for_close(code, reason)


def test_close_by_the_server(tls_server: StartServer, trusting: ssl.SSLContext) -> None:
    server = tls_server("--close-after", "3")
    with raw.open_websocket(server.port, trusting) as client:
        for _ in range(3):
            client.send(client_frame(TEXT, b"hi"))
            assert client.read_message() == (TEXT, b"hi")
        assert client.read_frame().payload == b"\x03\xe8enough"
        client.send(client_frame(CLOSE, b"\x03\xe8enough"))
        client.expect_end()
    server.wait_for_close(1000, "enough")


def test_end_of_the_server(
    bench: Bench, certificates: Certificates, trusting: ssl.SSLContext
) -> None:
    server = bench.echo_server("--tls", str(certificates.good.for_server))
    with raw.open_websocket(server.port, trusting) as client:
        client.expect_echo(b"before")
        server.process.terminate()
        frame = client.read_frame()
        assert (frame.close_code, frame.payload[2:]) == (1001, b"the server ends")
        client.send(client_frame(CLOSE, frame.payload))
        client.expect_end()
    server.expect_exit()


def test_close_notify_follows_the_close(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    """RFC 6455 section 7.1.1 and RFC 8446 section 6.1: the server says that it ends, first."""
    server = tls_server()
    with raw.open_websocket(server.port, trusting) as client:
        client.send(client_frame(CLOSE, b"\x03\xe8bye"))
        assert client.read_frame().payload == b"\x03\xe8bye"
        client.expect_end()
        # Our own close_notify; where the server's had not come, this is an error.
        assert isinstance(client.stream, ssl.SSLSocket)
        client.stream.unwrap().close()
    server.wait_for_log("ended")


@pytest.mark.parametrize("count", [1, 5000, 16000])
def test_record_that_is_larger_than_the_buffers(
    tls_server: StartServer, trusting: ssl.SSLContext, count: int
) -> None:
    """OpenSSL has decrypted it all when the server has read a part; the socket is silent."""
    with raw.open_websocket(tls_server(*TINY).port, trusting) as client:
        client.expect_echo(octets(count))


def test_many_messages_in_a_record(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    with raw.open_websocket(tls_server(*TINY).port, trusting) as client:
        client.send(b"".join(client_frame(BINARY, octets(20)) for _ in range(600)))
        for _ in range(600):
            assert client.read_message() == (BINARY, octets(20))


def test_frames_behind_the_head_in_one_record(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with raw.connect(server.port, trusting) as client:
        frames = client_frame(TEXT, b"early") + client_frame(BINARY, octets(9000))
        client.send(raw.request(server.port) + frames)
        assert client.read_head()[0].startswith("HTTP/1.1 101 ")
        assert client.read_message() == (TEXT, b"early")
        assert client.read_message() == (BINARY, octets(9000))


def test_each_octet_in_a_record(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with raw.connect(server.port, trusting) as client:
        frame = client_frame(TEXT, MULTI_OCTET.encode())
        for octet in raw.request(server.port) + frame:
            client.send(bytes([octet]))
        assert client.read_head()[0].startswith("HTTP/1.1 101 ")
        assert client.read_message() == (TEXT, MULTI_OCTET.encode())


def send_first_read_later(
    stream: ssl.SSLSocket, to_send: bytes, received: bytearray, count: int
) -> None:
    """Reads only when nothing can be sent, until so many octets have come."""
    stream.setblocking(False)
    while len(received) < count:
        try:
            if to_send:
                to_send = to_send[stream.send(to_send[:16384]) :]
                continue
        except ssl.SSLWantWriteError:
            pass
        try:
            piece = stream.recv(4096)
            assert piece, "the server ended the connection"
            received += piece
        except ssl.SSLWantReadError:
            wanted = [stream] if to_send else []
            ready = select.select([stream], wanted, [], DEADLINE)
            assert ready != ([], [], []), f"{len(received)} octets, and no more"


# With the last, all is read before anything is written: nothing but room to write can go on then.
WAYS = {**BUFFERS, "whole": ("--receive-buffer", str(8 * MIB))}


@pytest.mark.parametrize("buffers", WAYS.values(), ids=WAYS)
def test_client_that_is_slow_to_read(
    tls_server: StartServer, trusting: ssl.SSLContext, buffers: tuple[str, ...]
) -> None:
    """The server cannot write, again and again, and must not read on."""
    port = tls_server(*buffers).port
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    stream.settimeout(DEADLINE)
    stream.connect(("127.0.0.1", port))
    secured = trusting.wrap_socket(stream, server_hostname="127.0.0.1")
    with raw.RawConnection(secured) as client:
        client.send(raw.request(port))
        assert client.read_head()[0].startswith("HTTP/1.1 101 ")
        message = octets(8 * MIB)
        sent = raw.header(0x80 | BINARY, len(message), bytes(4)) + message
        received = bytearray()
        # Without the headers of frames, of which nobody knows the number.
        send_first_read_later(secured, sent, received, len(message))
        secured.settimeout(DEADLINE)
        client.take_back(bytes(received))
        same = client.read_message() == (BINARY, message)
        assert same


def test_twenty_connections_at_once(
    tls_server: StartServer, trusting: ssl.SSLContext
) -> None:
    server = tls_server()
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        clients = list(
            pool.map(lambda _: raw.open_websocket(server.port, trusting), range(20))
        )
        for client in clients:
            stack.enter_context(client)
        list(pool.map(lambda client: client.expect_echo(octets(30000)), clients))


def test_the_page(tls_server: StartServer, trusting: ssl.SSLContext) -> None:
    """An HTTP answer ends with a close_notify as well."""
    server = tls_server()
    with raw.connect(server.port, trusting) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = client.read_head()
        length = next(line[16:] for line in head if line.startswith("Content-Length: "))
        body = client.take(int(length))
        assert body.rstrip().endswith(b"</html>")
        client.expect_end()
    server.wait_for_log('page: "/"')
