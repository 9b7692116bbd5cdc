"""Every peer that can be a server, for echo_client, with and without compression."""

from __future__ import annotations

import pytest

from harness.meeting import SERVERS, Meetings
from harness.peers import expect_message, expect_message_and_pongs
from harness.samples import KIB, MIB, MULTI_OCTET, TINY, pattern, text

servers = pytest.mark.parametrize("setting", SERVERS, ids=str)


# A command line of Windows has 32,767 characters at the most.
LONG_TEXT = text(20000)


@servers
def test_messages(meetings: Meetings) -> None:
    texts = ["Hello", MULTI_OCTET, "", LONG_TEXT]
    sizes = [0, 125, 126, 65535, 65536, 70000, MIB]
    arguments = [word for message in texts for word in ("--text", message)]
    arguments += [word for size in sizes for word in ("--binary-size", str(size))]
    meeting = meetings.with_client("--expect-echo", *arguments, echo=True)
    meeting.expect_open()
    messages: list[str | bytes] = [*texts, *map(pattern, sizes)]
    for message in messages:
        expect_message(meeting.peer, message)
    meeting.peer.expect("close", code=1000, reason="")
    meeting.example.expect_exit()
    meeting.assert_compressed()


@servers
def test_small_buffers(meetings: Meetings) -> None:
    meeting = meetings.with_client(
        *(*TINY, "--text", text(9 * KIB)),
        *("--binary-size", "70000", "--expect-echo"),
        echo=True,
    )
    meeting.expect_open()
    meeting.example.expect_exit()
    meeting.assert_compressed()


@servers
def test_fragments_and_a_ping_of_the_client(meetings: Meetings) -> None:
    arguments = ("--ping", "--fragment", "999", "--text", LONG_TEXT)
    meeting = meetings.with_client("--expect-echo", *arguments, echo=True)
    meeting.expect_open()
    meeting.example.expect_exit()
    meeting.example.expect_line("< pong")
    meeting.assert_compressed()


@servers
def test_fragments_with_pings_of_the_server(meetings: Meetings) -> None:
    message = text(9000)
    meeting = meetings.with_client("--expect-echo", "--text", message)
    meeting.expect_open()
    expect_message(meeting.peer, message)
    parts = [message[:3000], "", message[3000:]]
    meeting.peer.tell("fragments", parts=[{"text": part} for part in parts])
    pongs = []
    while (event := meeting.peer.next_event())["event"] == "pong":
        pongs.append(event["payload"])
    # RFC 6455 section 5.5.3: of several pings, only the latest need be answered.
    assert pongs[-1:] == ["between 1"]
    assert (event["event"], event["code"]) == ("close", 1000)
    meeting.example.expect_exit()
    meeting.assert_compressed()


@servers
def test_close_by_the_server(meetings: Meetings) -> None:
    meeting = meetings.with_client("--receive", "all", "--text", "Hello")
    meeting.expect_open()
    expect_message(meeting.peer, "Hello")
    meeting.peer.tell("close", code=4001, reason="füge")
    meeting.peer.expect("close", code=4001, reason="füge")
    meeting.example.expect_exit()
    meeting.example.expect_line('< close: 4001 "füge"')


@servers
@pytest.mark.parametrize("code, reason", [(1000, ""), (4001, "füge")])
def test_close_by_the_client(meetings: Meetings, code: int, reason: str) -> None:
    status = f"{code}:{reason}" if reason else str(code)
    meeting = meetings.with_client("--close", status, "--text", "Hello", echo=True)
    meeting.expect_open()
    expect_message(meeting.peer, "Hello")
    meeting.peer.expect("close", code=code, reason=reason)
    meeting.example.expect_exit()
    meeting.example.expect_line(f'< close: {code} "{reason}"')


@servers
def test_close_without_a_status(meetings: Meetings) -> None:
    meeting = meetings.with_client("--close", "none", "--text", "Hello", echo=True)
    meeting.expect_open()
    expect_message(meeting.peer, "Hello")
    meeting.peer.expect("close", code=1005, reason="")
    meeting.example.expect_exit()


@servers
def test_server_that_vanishes(meetings: Meetings) -> None:
    meeting = meetings.with_client("--text", "Hello")
    meeting.expect_open()
    expect_message(meeting.peer, "Hello")
    meeting.peer.tell("terminate")
    meeting.example.expect_exit(meeting.example.LOST)


@servers
def test_client_that_is_killed(meetings: Meetings) -> None:
    meeting = meetings.with_client("--receive", "all", "--text", "Hello")
    meeting.expect_open()
    expect_message(meeting.peer, "Hello")
    meeting.example.process.kill()
    meeting.peer.expect("lost")


@servers
def test_subprotocol(meetings: Meetings) -> None:
    meeting = meetings.with_client(
        *("--subprotocol", "chat.v2", "--text", "Hello"),
        protocols=["chat.v1", "chat.v2"],
        echo=True,
    )
    meeting.expect_open(protocol="chat.v2")
    meeting.example.expect_exit()
    meeting.example.expect_line("= subprotocol: chat.v2")


@servers
def test_server_that_refuses(meetings: Meetings) -> None:
    meeting = meetings.with_client("--text", "Hello", refuse=403)
    meeting.example.expect_exit(meeting.example.NO_CONNECTION)
    meeting.example.wait_for_line("the server answered 403, not 101")
