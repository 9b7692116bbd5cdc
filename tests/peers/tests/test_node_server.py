"""Node's ws as server for echo_client."""

from __future__ import annotations

import pytest

from harness.examples import Bench
from harness.samples import MIB


@pytest.mark.parametrize("message", ["Hello", "a ä € 漢字 😀", ""])
def test_text(bench: Bench, message: str) -> None:
    peer = bench.ws(echo=True)
    client = bench.echo_client("--expect-echo", "--text", message, peer.url)
    peer.expect("open", protocol="", extensions="")
    peer.expect_message(message)
    peer.expect("close", code=1000, reason="")
    client.expect_exit()
    client.expect_line("= closed")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, MIB, 16 * MIB])
def test_binary(bench: Bench, size: int) -> None:
    peer = bench.ws(echo=True)
    client = bench.echo_client("--expect-echo", "--binary-size", str(size), peer.url)
    peer.expect("open")
    peer.expect("message", binary=True, length=size)
    client.expect_exit()


def test_fragments_of_the_client(bench: Bench) -> None:
    peer = bench.ws(echo=True)
    arguments = ["--expect-echo", "--fragment", "3", "--text", "größer"]
    client = bench.echo_client(*arguments, peer.url)
    peer.expect("open")
    peer.expect_message("größer")
    client.expect_exit()


def test_ping_of_the_client(bench: Bench) -> None:
    peer = bench.ws(echo=True)
    client = bench.echo_client("--ping", "--text", "Hello", peer.url)
    peer.expect("open")
    events = {peer.next_event()["event"], peer.next_event()["event"]}
    assert events == {"ping", "message"}
    client.expect_exit()


def test_ping_and_fragments_of_the_server(bench: Bench) -> None:
    peer = bench.ws()
    client = bench.echo_client("--expect-echo", "--text", "grüße", peer.url)
    peer.expect("open")
    peer.expect_message("grüße")
    peer.tell("ping", text="first")
    peer.expect("pong", payload="first")
    peer.tell("fragments", parts=[{"text": "grü"}, {"text": ""}, {"text": "ße"}])
    event = peer.next_event()
    pongs = []
    while event["event"] == "pong":
        pongs.append(event["payload"])
        event = peer.next_event()
    # RFC 6455 section 5.5.3: of several pings, only the latest need be answered.
    assert pongs[-1:] == ["between 1"]
    assert (event["event"], event["code"]) == ("close", 1000)
    client.expect_exit()


def test_server_closes_first(bench: Bench) -> None:
    peer = bench.ws()
    client = bench.echo_client("--receive", "all", "--text", "Hello", peer.url)
    peer.expect("open")
    peer.expect_message("Hello")
    peer.tell("close", code=4000, reason="füge")
    peer.expect("close", code=4000, reason="füge")
    client.expect_exit()
    client.expect_line('< close: 4000 "füge"')


def test_server_drops_the_connection(bench: Bench) -> None:
    peer = bench.ws()
    client = bench.echo_client("--text", "Hello", peer.url)
    peer.expect("open")
    peer.expect_message("Hello")
    peer.tell("terminate")
    client.expect_exit(client.LOST)


def test_server_refuses(bench: Bench) -> None:
    peer = bench.ws(refuse=401)
    client = bench.echo_client("--text", "Hello", peer.url)
    client.expect_exit(client.NO_CONNECTION)
    client.wait_for_line("the server answered 401, not 101")


def test_deflate_is_not_offered(bench: Bench) -> None:
    peer = bench.ws(echo=True, deflate=True)
    client = bench.echo_client("--expect-echo", "--text", "Hello", peer.url)
    peer.expect("open", extensions="")
    client.expect_exit()


def test_subprotocol(bench: Bench) -> None:
    peer = bench.ws(echo=True, protocols=["chat.v1", "chat.v2"])
    client = bench.echo_client("--subprotocol", "chat.v2", "--text", "Hello", peer.url)
    peer.expect("open", protocol="chat.v2")
    client.expect_exit()
