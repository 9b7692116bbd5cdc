"""Every peer as client of echo_server, with and without compression, and through proxies."""

from __future__ import annotations

import signal

import pytest

from harness.examples import EchoServer
from harness.meeting import BEHIND_PROXIES, CLIENTS, Meetings
from harness.peers import expect_message, expect_message_and_pongs, send
from harness.pyclient import assert_long_echoes
from harness.samples import MESSAGES, MULTI_OCTET, TINY, octets

ALL = CLIENTS + BEHIND_PROXIES
# Those that send fragments and pings where their user wants them.
CONTROLLED = [setting for setting in ALL if setting.kind.controls]

clients = pytest.mark.parametrize("setting", ALL, ids=str)
controlled_clients = pytest.mark.parametrize("setting", CONTROLLED, ids=str)


def assert_serves_others(server: EchoServer) -> None:
    assert_long_echoes(server.url, MULTI_OCTET, octets(70000))


@clients
def test_messages(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    for message in MESSAGES.values():
        send(meeting.peer, message)
        expect_message(meeting.peer, message)
    meeting.assert_compressed()


@clients
def test_small_buffers(meetings: Meetings) -> None:
    meeting = meetings.with_server(*TINY)
    meeting.expect_open()
    for name in ("empty-text", "126", "text-70000", "binary-70000"):
        send(meeting.peer, MESSAGES[name])
        expect_message(meeting.peer, MESSAGES[name])
    meeting.assert_compressed()


@controlled_clients
def test_fragments_with_pings_between(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    parts = ["grü", "", "ße" * 2000]
    meeting.peer.tell("fragments", parts=[{"text": part} for part in parts])
    expect_message_and_pongs(meeting.peer, "".join(parts), "between 1")
    meeting.assert_compressed()


@controlled_clients
def test_ping_is_answered_with_its_payload(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    for payload in ("", "x", "y" * 125):
        meeting.peer.tell("ping", text=payload)
        meeting.peer.expect("pong", payload=payload)


@controlled_clients
def test_unsolicited_pong_changes_nothing(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    meeting.peer.tell("pong", text="nobody asked")
    send(meeting.peer, "still here")
    expect_message(meeting.peer, "still here")


@clients
@pytest.mark.parametrize("code, reason", [(1000, ""), (4001, "füge")])
def test_close_by_the_peer(meetings: Meetings, code: int, reason: str) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    send(meeting.peer, "before")
    expect_message(meeting.peer, "before")
    meeting.peer.tell("close", code=code, reason=reason)
    meeting.peer.expect("close", code=code, reason=reason)
    meeting.example.wait_for_close(code, reason)


@clients
def test_close_by_the_server(meetings: Meetings) -> None:
    meeting = meetings.with_server("--close-after", "1")
    meeting.expect_open()
    send(meeting.peer, "the last")
    expect_message(meeting.peer, "the last")
    meeting.peer.expect("close", code=1000, reason="enough")
    meeting.example.wait_for_close(1000, "enough")


@clients
def test_end_of_the_server(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    meeting.example.process.send_signal(signal.SIGTERM)
    meeting.peer.expect("close", code=1001, reason="the server ends")
    meeting.example.expect_exit()


@clients
def test_peer_that_vanishes(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    send(meeting.peer, octets(70000))
    meeting.peer.tell("terminate")
    # A browser says goodbye when a tab is closed, if it has the time.
    meeting.example.wait_for_line("^#\\d+ (lost: |close received: 1001)")
    meeting.example.wait_for_line("^#\\d+ ended")
    assert_serves_others(meeting.example)


@clients
def test_server_that_is_killed(meetings: Meetings) -> None:
    meeting = meetings.with_server()
    meeting.expect_open()
    send(meeting.peer, "before")
    expect_message(meeting.peer, "before")
    meeting.example.vanish()
    meeting.peer.expect("lost")


@clients
def test_subprotocol(meetings: Meetings) -> None:
    offered = ["chat.v1", "chat.v2"]
    meeting = meetings.with_server("--subprotocol", "chat.v2", protocols=offered)
    meeting.expect_open(protocol="chat.v2")
    meeting.example.wait_for_log("subprotocol: chat.v2")


@pytest.mark.parametrize("setting", CLIENTS, ids=str)
def test_nobody_listens(meetings: Meetings) -> None:
    meetings.client_of_nobody().expect("failed")
