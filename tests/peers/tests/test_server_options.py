"""What echo_server does by itself: pings, and how it ends."""

from __future__ import annotations

import signal

import pytest
from websockets.exceptions import ConnectionClosed

from harness import raw
from harness.examples import Bench
from harness.program import DEADLINE
from harness.pyclient import assert_echo, connect


def test_idle_connection_is_pinged(bench: Bench) -> None:
    # Long enough for a busy machine to answer in.
    server = bench.echo_server("--keep-alive", "2000")
    with connect(server.url) as client:
        server.wait_for_count("^#1 ping$", 2)
        server.wait_for_count("^#1 pong$", 2)
        assert_echo(client, "still here")


def test_peer_that_answers_no_ping_is_given_up(bench: Bench) -> None:
    server = bench.echo_server("--keep-alive", "50")
    with raw.open_websocket(server.port) as silent:
        assert silent.read_frame().opcode == raw.PING
        silent.expect_end()
    server.wait_for_log("lost: no answer to a ping")


def test_once(bench: Bench) -> None:
    server = bench.echo_server("--once")
    with raw.connect(server.port) as visitor:
        visitor.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert visitor.read_head()[0] == "HTTP/1.1 200 OK"
    with connect(server.url) as client:
        assert_echo(client, "only me")
    server.expect_exit()


def test_close_after_so_many_messages(bench: Bench) -> None:
    server = bench.echo_server("--close-after", "2")
    with connect(server.url) as client:
        assert_echo(client, "one")
        assert_echo(client, "two")
        with pytest.raises(ConnectionClosed):
            client.recv(DEADLINE)
        assert (client.close_code, client.close_reason) == (1000, "enough")
    server.wait_for_close(1000, "enough")


@pytest.mark.parametrize("request_to_stop", [signal.SIGTERM, signal.SIGINT])
def test_goodbye(bench: Bench, request_to_stop: signal.Signals) -> None:
    server = bench.echo_server()
    with connect(server.url) as one, connect(server.url) as two:
        assert_echo(one, "before")
        assert_echo(two, "before")
        server.process.send_signal(request_to_stop)
        for client in (one, two):
            with pytest.raises(ConnectionClosed):
                client.recv(DEADLINE)
            assert (client.close_code, client.close_reason) == (1001, "the server ends")
    server.expect_exit()
