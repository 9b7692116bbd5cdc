"""Node's ws as client of echo_server."""

from __future__ import annotations

import pytest

from harness.examples import Bench
from harness.samples import CLOSES, MESSAGES, MIB, octets

TINY = ("--receive-buffer", "256", "--send-buffer", "16")


@pytest.mark.parametrize("buffers", [(), TINY], ids=["default", "tiny"])
def test_messages(bench: Bench, buffers: tuple[str, ...]) -> None:
    peer = bench.ws(bench.echo_server(*buffers).url)
    peer.expect("open", protocol="", extensions="")
    for message in MESSAGES.values():
        peer.send(message)
        peer.expect_message(message)


def test_16_mib(bench: Bench) -> None:
    peer = bench.ws(bench.echo_server().url)
    peer.expect("open")
    peer.send(octets(16 * MIB))
    peer.expect_message(octets(16 * MIB))


def test_fragments_with_pings_between(bench: Bench) -> None:
    peer = bench.ws(bench.echo_server().url)
    peer.expect("open")
    peer.tell("fragments", parts=[{"text": "grü"}, {"text": ""}, {"text": "ße"}])
    events = [peer.next_event()]
    while events[-1]["event"] == "pong":
        events.append(peer.next_event())
    # RFC 6455 section 5.5.3: of several pings, only the latest need be answered.
    assert [event["payload"] for event in events[:-1]][-1:] == ["between 1"]
    assert events[-1]["length"] == len("grüße".encode())


def test_ping_is_answered_with_its_payload(bench: Bench) -> None:
    peer = bench.ws(bench.echo_server().url)
    peer.expect("open")
    for payload in ("", "x", "y" * 125):
        peer.tell("ping", text=payload)
        peer.expect("pong", payload=payload)


def test_unsolicited_pong_changes_nothing(bench: Bench) -> None:
    peer = bench.ws(bench.echo_server().url)
    peer.expect("open")
    peer.tell("pong", text="nobody asked")
    peer.send("still here")
    peer.expect_message("still here")


@pytest.mark.parametrize("code, reason", CLOSES.values(), ids=CLOSES)
def test_close_by_the_client(bench: Bench, code: int, reason: str) -> None:
    server = bench.echo_server()
    peer = bench.ws(server.url)
    peer.expect("open")
    peer.tell("close", code=code, reason=reason)
    peer.expect("close", code=code, reason=reason)
    server.wait_for_close(code, reason)


def test_deflate_is_not_selected(bench: Bench) -> None:
    peer = bench.ws(bench.echo_server().url, deflate=True)
    peer.expect("open", extensions="")
    peer.send("uncompressed " * 1000)
    peer.expect_message("uncompressed " * 1000)


def test_subprotocol(bench: Bench) -> None:
    server = bench.echo_server("--subprotocol", "chat.v2")
    peer = bench.ws(server.url, protocols=["chat.v1", "chat.v2"])
    peer.expect("open", protocol="chat.v2")


def test_termination_is_noticed_by_nobody_else(bench: Bench) -> None:
    server = bench.echo_server()
    lost, other = bench.ws(server.url), bench.ws(server.url)
    lost.expect("open")
    other.expect("open")
    lost.tell("terminate")
    lost.expect("close", code=1006)
    other.send("still served")
    other.expect_message("still served")
