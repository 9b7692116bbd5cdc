"""The peers among themselves: what they say about the examples can be trusted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import raw
from harness.examples import Bench
from harness.node import node
from harness.peers import PeerProgram, expect_message, send
from harness.raw import BINARY, CONTINUATION, PING, TEXT, client_frame, server_frame
from harness.relay import Counter, Relay
from harness.samples import MESSAGES, octets
from harness.servers import echo, python_server

HEAD = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"


def ws(bench: Bench, url: str | None = None, **options: Any) -> PeerProgram:
    peer = PeerProgram(node("ws_peer.mjs"), url, options)
    bench.add(peer)
    return peer


def test_ws_and_websockets(bench: Bench) -> None:
    with python_server(echo) as server:
        peer = ws(bench, server.url)
        peer.expect("open", protocol="", extensions="")
        for message in MESSAGES.values():
            send(peer, message)
            expect_message(peer, message)
        peer.tell("close", code=4001, reason="füge")
        peer.expect("close", code=4001, reason="füge")
    assert server.closed == [(4001, "füge")]


def test_a_changed_octet_is_noticed(bench: Bench) -> None:
    with python_server(
        lambda connection: connection.send(octets(70000)[:-1] + b"?")
    ) as server:
        peer = ws(bench, server.url)
        peer.expect("open")
        with pytest.raises(AssertionError, match="instead of"):
            expect_message(peer, octets(70000))


def test_frames_by_hand_and_ws(bench: Bench) -> None:
    peer = ws(bench, echo=True)
    with raw.open_websocket(peer.port) as connection:
        for size in (0, 125, 126, 65535, 65536):
            connection.expect_echo(octets(size))
        connection.send(client_frame(raw.CLOSE, b"\x03\xe8bye"))
        assert connection.read_frame().close_code == 1000
        connection.expect_end()


@pytest.mark.parametrize("piece", [1, 7, 100000])
def test_counter(piece: int) -> None:
    frames = [
        client_frame(TEXT, b"a"),
        client_frame(BINARY, bytes(126), rsv=4, fin=False),
        client_frame(PING, b"between"),
        client_frame(CONTINUATION, bytes(65536)),
        client_frame(TEXT, b"", rsv=4),
        server_frame(TEXT, b"b"),
    ]
    counter = Counter()
    stream = HEAD + b"".join(frames)
    for at in range(0, len(stream), piece):
        counter.read(stream[at : at + piece])
    assert (counter.messages, counter.compressed, counter.misplaced) == (4, 2, 0)


@pytest.mark.parametrize("opcode", [CONTINUATION, PING, raw.CLOSE])
def test_counter_finds_a_misplaced_rsv1(opcode: int) -> None:
    counter = Counter()
    counter.read(HEAD + client_frame(opcode, rsv=4))
    assert counter.misplaced == 1


def test_counter_reads_no_frames_behind_a_refusal() -> None:
    counter = Counter()
    counter.read(b"HTTP/1.1 403 Forbidden\r\n\r\nFAQ" + bytes(200))
    assert (counter.messages, counter.misplaced) == (0, 0)


def test_relay_hands_the_end_on(bench: Bench) -> None:
    server = bench.echo_server()
    relay = Relay(server.port)
    try:
        with raw.open_websocket(relay.port) as connection:
            connection.expect_echo(octets(70000))
            server.vanish()
            with pytest.raises((EOFError, ConnectionResetError)):
                connection.read_frame()
    finally:
        relay.close()


def test_a_run_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from pathlib import Path\n"
        "from harness.settled import Settled\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(Settled(Path(__file__).parent / 'settled'))\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import os, signal\n"
        "from pathlib import Path\n"
        "times = Path(__file__).parent / 'times'\n"
        "def test_good(): pass\n"
        "def test_breaks_off_then_fails_then_passes():\n"
        "    with times.open('a') as file: file.write('x')\n"
        "    if times.read_text() == 'x': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    assert times.read_text() == 'xxx'\n"
        "def test_good_as_well(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path]
    root = str(Path(__file__).parent.parent)

    def run() -> tuple[int, str]:
        env = {**os.environ, "PYTHONPATH": root}
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout

    assert run()[0] == -signal.SIGKILL
    code, said = run()
    assert code == 1 and "1 failed, 1 passed, 1 deselected" in said
    code, said = run()
    assert code == 0 and "1 passed, 2 deselected" in said
    code, said = run()
    assert code == 0 and "3 deselected" in said
