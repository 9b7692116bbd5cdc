"""The peers among themselves: what they say about the examples can be trusted."""

from __future__ import annotations

import pytest

from harness import raw
from harness.examples import Bench
from harness.samples import MESSAGES, octets
from harness.servers import echo, python_server


def test_node_client_and_python_server(bench: Bench) -> None:
    with python_server(echo) as server:
        peer = bench.ws(server.url)
        peer.expect("open", protocol="", extensions="")
        for message in MESSAGES.values():
            peer.send(message)
            peer.expect_message(message)
        peer.tell("close", code=4001, reason="füge")
        peer.expect("close", code=4001, reason="füge")
    assert server.closed == [(4001, "füge")]


def test_a_changed_octet_is_noticed(bench: Bench) -> None:
    with python_server(
        lambda connection: connection.send(octets(70000)[:-1] + b"?")
    ) as server:
        peer = bench.ws(server.url)
        peer.expect("open")
        with pytest.raises(AssertionError, match="instead of"):
            peer.expect_message(octets(70000))


def test_frames_by_hand_and_node_server(bench: Bench) -> None:
    peer = bench.ws(echo=True)
    with raw.open_websocket(peer.port) as connection:
        for size in (0, 125, 126, 65535, 65536):
            connection.expect_echo(octets(size))
        connection.send(raw.client_frame(raw.CLOSE, b"\x03\xe8bye"))
        assert connection.read_frame().close_code == 1000
        connection.expect_end()
