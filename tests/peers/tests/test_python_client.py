"""Python's websockets as client of echo_server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Iterator

import pytest
from websockets.typing import Subprotocol

from harness.examples import Bench
from harness.program import DEADLINE
from harness.pyclient import assert_echo, assert_long_echoes, connect
from harness.samples import CLOSES, MESSAGES, MIB, MULTI_OCTET, TINY, octets

BUFFERS = {"default": (), "tiny": TINY, "large": ("--receive-buffer", "65536")}


@pytest.mark.parametrize("buffers", BUFFERS.values(), ids=BUFFERS)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_message(bench: Bench, message: str | bytes, buffers: tuple[str, ...]) -> None:
    assert_long_echoes(bench.echo_server(*buffers).url, message)


def test_16_mib(bench: Bench) -> None:
    assert_long_echoes(bench.echo_server().url, octets(16 * MIB))


def test_long_messages_on_one_connection(bench: Bench) -> None:
    assert_long_echoes(
        bench.echo_server(*TINY).url, *MESSAGES.values(), *MESSAGES.values()
    )


def test_short_messages_in_a_row(bench: Bench) -> None:
    with connect(bench.echo_server(*TINY).url) as client:
        for size in range(300):
            client.send(octets(size))
        for size in range(300):
            assert client.recv(DEADLINE) == octets(size)


@pytest.mark.parametrize("buffers", BUFFERS.values(), ids=BUFFERS)
@pytest.mark.parametrize(
    "parts", [["a", "", "ü", "z" * 5000], [b"", b"\xff", octets(5000)]]
)
def test_fragments_with_pings_between(
    bench: Bench, parts: list[str] | list[bytes], buffers: tuple[str, ...]
) -> None:
    with connect(bench.echo_server(*buffers).url) as client:
        pongs = []

        def fragments() -> Iterator[Any]:
            for number, part in enumerate(parts):
                yield part
                # Waiting keeps each ping alone: of several, only the latest need be answered.
                pongs.append(client.ping(f"between {number}"))
                assert pongs[-1].wait(DEADLINE)

        client.send(fragments())
        assert client.recv(DEADLINE) == parts[0][:0].join(parts)  # type: ignore[arg-type]
        assert len(pongs) == len(parts)


def test_character_cut_by_a_fragment(bench: Bench) -> None:
    with connect(bench.echo_server().url) as client:
        whole = MULTI_OCTET.encode()
        client.send((whole[at : at + 1] for at in range(len(whole))), text=True)
        assert client.recv(DEADLINE) == MULTI_OCTET


@pytest.mark.parametrize("payload", [b"", b"x", octets(125)], ids=len)
def test_ping_is_answered_with_its_payload(bench: Bench, payload: bytes) -> None:
    with connect(bench.echo_server().url) as client:
        assert client.ping(payload).wait(DEADLINE)
        assert_echo(client, "still here")


def test_unsolicited_pong_changes_nothing(bench: Bench) -> None:
    with connect(bench.echo_server().url) as client:
        client.pong(b"nobody asked")
        assert_echo(client, "still here")
        client.pong()
        assert_echo(client, "still here")


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
def test_close_by_the_client(bench: Bench, code: int, reason: str) -> None:
    server = bench.echo_server()
    with connect(server.url) as client:
        assert_echo(client, "before")
        client.close(code, reason)
        assert (client.close_code, client.close_reason) == (code, reason)
        assert client.protocol.close_sent is not None
        assert client.protocol.close_rcvd is not None
    server.wait_for_close(code, reason)


def test_deflate_is_not_selected(bench: Bench) -> None:
    with connect(bench.echo_server().url, compression="deflate") as client:
        assert client.request is not None and client.response is not None
        assert (
            "permessage-deflate" in client.request.headers["Sec-WebSocket-Extensions"]
        )
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        assert_echo(client, "uncompressed " * 1000)


def test_fifty_connections_at_once(bench: Bench) -> None:
    server = bench.echo_server()
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: connect(server.url), range(50)))
        for client in clients:
            stack.enter_context(client)
        list(pool.map(lambda client: assert_echo(client, octets(30000)), clients))
        list(
            pool.map(lambda client: assert_echo(client, MULTI_OCTET), reversed(clients))
        )


def test_subprotocol(bench: Bench) -> None:
    server = bench.echo_server("--subprotocol", "chat.v2")
    offered = [Subprotocol("chat.v1"), Subprotocol("chat.v2")]
    with connect(server.url, subprotocols=offered) as client:
        assert client.subprotocol == "chat.v2"
        assert_echo(client, "agreed")


def test_no_subprotocol_in_common(bench: Bench) -> None:
    server = bench.echo_server("--subprotocol", "chat.v2")
    with connect(server.url, subprotocols=[Subprotocol("chat.v1")]) as client:
        assert client.subprotocol is None
        assert_echo(client, "without")
