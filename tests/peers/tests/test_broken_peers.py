"""Peers of echo_server that break RFC 6455. They are shown out, and nobody else notices."""

from __future__ import annotations

import pytest

from harness import raw
from harness.examples import Bench
from harness.raw import BINARY, CLOSE, CONTINUATION, PING, TEXT, client_frame

# RFC 6455 section 5: frames that no peer may send.
BROKEN_FRAMES = {
    "unmasked": raw.header(0x81, 2, None) + b"hi",
    "rsv1": client_frame(TEXT, b"hi", rsv=4),
    "rsv3": client_frame(BINARY, b"hi", rsv=1),
    "opcode-3": client_frame(3, b"hi"),
    "opcode-b": client_frame(0xB),
    "fragmented-ping": client_frame(PING, b"hi", fin=False),
    "long-ping": client_frame(PING, bytes(126)),
    "long-close": client_frame(CLOSE, b"\x03\xe8" + b"x" * 124),
    "length-16-not-minimal": b"\x82\xfe\x00\x7d" + bytes(4 + 125),
    "length-64-not-minimal": b"\x82\xff" + (65535).to_bytes(8, "big") + bytes(4),
    "length-64-top-bit": b"\x82\xff\x80" + bytes(7) + bytes(4),
    "continuation-of-nothing": client_frame(CONTINUATION, b"hi"),
    "message-in-a-message": client_frame(TEXT, b"a", fin=False)
    + client_frame(TEXT, b"b"),
    "close-of-one-octet": client_frame(CLOSE, b"\x03"),
    "close-999": client_frame(CLOSE, (999).to_bytes(2, "big")),
    "close-1005": client_frame(CLOSE, (1005).to_bytes(2, "big")),
    "close-1006": client_frame(CLOSE, (1006).to_bytes(2, "big")),
    "close-1015": client_frame(CLOSE, (1015).to_bytes(2, "big")),
    "close-5000": client_frame(CLOSE, (5000).to_bytes(2, "big")),
}

# RFC 6455 section 8.1: text that is no UTF-8.
BROKEN_TEXT = {
    "octet-ff": client_frame(TEXT, b"a\xff"),
    "overlong": client_frame(TEXT, b"\xc0\xaf"),
    "surrogate": client_frame(TEXT, b"\xed\xa0\x80"),
    "cut-at-the-end": client_frame(TEXT, "ü".encode()[:1]),
    "in-a-later-fragment": client_frame(TEXT, b"a", fin=False)
    + client_frame(0, b"\x80"),
    "close-reason": client_frame(CLOSE, b"\x03\xe8\xff"),
}


def expect_close(connection: raw.RawConnection, code: int) -> None:
    """A CLOSE with this code, behind what was echoed before; then the end."""
    frame = connection.read_frame()
    while frame.opcode in (TEXT, BINARY, CONTINUATION):
        frame = connection.read_frame()
    assert frame.close_code == code, frame
    connection.expect_end()


@pytest.mark.parametrize("octets", BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_broken_frame(bench: Bench, octets: bytes) -> None:
    server = bench.echo_server()
    with raw.open_websocket(server.port) as other, raw.open_websocket(
        server.port
    ) as broken:
        broken.expect_echo(b"good so far")
        broken.send(octets)
        expect_close(broken, 1002)
        other.expect_echo(b"still served")
    with raw.open_websocket(server.port) as later:
        later.expect_echo(b"served as well")


@pytest.mark.parametrize("octets", BROKEN_TEXT.values(), ids=BROKEN_TEXT)
def test_broken_text(bench: Bench, octets: bytes) -> None:
    server = bench.echo_server()
    with raw.open_websocket(server.port) as other, raw.open_websocket(
        server.port
    ) as broken:
        broken.send(octets)
        expect_close(broken, 1007)
        other.expect_echo(b"still served")


@pytest.mark.parametrize("by_reset", [False, True], ids=["end", "reset"])
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x82",
        client_frame(BINARY, bytes(70000))[:9],
        client_frame(BINARY, bytes(70000))[:30000],
        client_frame(TEXT, b"a", fin=False),
        # RFC 6455 section 5.2: a length of 2^63 - 1 is legal; nobody may believe it.
        b"\x82\xff\x7f" + b"\xff" * 7 + bytes(4) + bytes(1000),
    ],
    ids=[
        "between-frames",
        "in-a-header",
        "behind-a-header",
        "in-a-payload",
        "in-a-message",
        "2-63",
    ],
)
def test_peer_that_vanishes(bench: Bench, octets: bytes, by_reset: bool) -> None:
    server = bench.echo_server()
    with raw.open_websocket(server.port) as other:
        lost = raw.open_websocket(server.port)
        lost.expect_echo(b"here")
        lost.send(octets)
        if by_reset:
            raw.reset(lost.stream)
        else:
            lost.stream.close()
        other.expect_echo(b"still served")
        other.expect_echo(bytes(100000))


def test_data_behind_a_close_is_ignored(bench: Bench) -> None:
    server = bench.echo_server()
    with raw.open_websocket(server.port) as connection:
        connection.send(
            client_frame(CLOSE, b"\x03\xe8bye") + client_frame(TEXT, b"too late")
        )
        assert connection.read_frame().payload[:2] == b"\x03\xe8"
        connection.expect_end()


def test_close_without_a_code(bench: Bench) -> None:
    server = bench.echo_server()
    with raw.open_websocket(server.port) as connection:
        connection.send(client_frame(CLOSE))
        assert connection.read_frame().payload == b""
        connection.expect_end()
