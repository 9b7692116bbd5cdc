"""A peer by libcurl's WebSocket, through pycurl. It is a client only and has no compression.

Usage: pycurl_peer.py client URL OPTIONS
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections import deque
from typing import Any

import pycurl
from lines import payload, tell, tell_message

# libcurl shakes hands and leaves the frames to its user.
WEBSOCKET = 2
ROOM = 65536
NO_STATUS = 1005


def connect(url: str, options: dict[str, Any], headers: dict[str, str]) -> pycurl.Curl:
    """Fills in the headers of the answer."""

    def read_header(line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers[name.lower()] = value.strip()

    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.NOPROXY, "*")
    curl.setopt(pycurl.CONNECT_ONLY, WEBSOCKET)
    # A pong of libcurl's own waits for the next frame that is sent.
    curl.setopt(pycurl.WS_OPTIONS, pycurl.WS_NOAUTOPONG)
    curl.setopt(pycurl.HEADERFUNCTION, read_header)
    if protocols := options.get("protocols"):
        offer = f"Sec-WebSocket-Protocol: {', '.join(protocols)}"
        curl.setopt(pycurl.HTTPHEADER, [offer])
    curl.perform()
    return curl


class Sender:
    """Frames on their way out: a socket takes what it has room for."""

    def __init__(self, curl: pycurl.Curl) -> None:
        self._curl = curl
        self._frames: deque[tuple[memoryview, int]] = deque()
        self._sent: int | None = None  # octets of the first frame, once it has begun
        self._has_close = False

    def add(self, data: str | bytes, flags: int) -> None:
        if self._has_close:
            return  # nothing may follow a CLOSE
        self._has_close = bool(flags & pycurl.WS_CLOSE)
        octets = data.encode() if isinstance(data, str) else data
        self._frames.append((memoryview(octets), flags))

    def answer_close(self, body: bytes) -> None:
        """In place of frames that have not begun; a CLOSE of ours is the answer as well."""
        if not self._has_close:
            while len(self._frames) > (self._sent is not None):
                self._frames.pop()
        self.add(body, pycurl.WS_CLOSE)

    def is_idle(self) -> bool:
        return not self._frames

    def advance(self) -> None:
        try:
            while self._frames:
                self._send_some(*self._frames[0])
        except BlockingIOError:
            pass  # the socket is full

    def _send_some(self, data: memoryview, flags: int) -> None:
        size = len(data) if self._sent is None else 0
        sent = self._sent or 0
        sent += self._curl.ws_send(data[sent:], flags | pycurl.WS_OFFSET, size)
        self._sent = sent
        if sent == len(data):
            self._frames.popleft()
            self._sent = None


class Talk:
    """One open connection."""

    def __init__(self, curl: pycurl.Curl, echo: bool) -> None:
        self._curl = curl
        self._echo = echo
        self._sender = Sender(curl)
        self._message = bytearray()
        self._control = bytearray()
        self._close: dict[str, Any] | None = None  # what was received
        self.ended = False

    def obey(self, command: dict[str, Any]) -> None:
        if not self.ended:
            getattr(self, "_do_" + command.pop("do"))(**command)
            self.advance()

    def waits_for(self) -> int:
        """What to poll the socket for."""
        reading = 0 if self._close else select.POLLIN
        return reading | (0 if self._sender.is_idle() else select.POLLOUT)

    def advance(self) -> None:
        """Sends and receives what can be without waiting."""
        if self.ended:
            return
        try:
            self._receive()
            self._sender.advance()
        except pycurl.error as error:
            self._end("lost", why=str(error))
            return
        if self._close and self._sender.is_idle():
            self._end("close", **self._close)

    def _end(self, event: str, **fields: Any) -> None:
        self.ended = True
        tell(event, **fields)
        self._curl.close()

    def _do_send(self, **message: Any) -> None:
        data = payload(message)
        self._sender.add(data, kind(data))

    def _do_fragments(self, parts: list[Any]) -> None:
        for number, part in enumerate(map(payload, parts)):
            last = number == len(parts) - 1
            self._sender.add(part, kind(part) | (0 if last else pycurl.WS_CONT))
            if not last:
                self._do_ping(f"between {number}")

    def _do_ping(self, text: str) -> None:
        self._sender.add(text, pycurl.WS_PING)

    def _do_pong(self, text: str) -> None:
        self._sender.add(text, pycurl.WS_PONG)

    def _do_close(self, code: int, reason: str) -> None:
        self._sender.add(code.to_bytes(2, "big") + reason.encode(), pycurl.WS_CLOSE)

    def _do_terminate(self) -> None:
        self._end("lost", why="terminated")

    def _receive(self) -> None:
        try:
            while not self._close:
                data, meta = self._curl.ws_recv(ROOM)
                # Control frames come between those of a message.
                of_a_message = meta.flags & (pycurl.WS_TEXT | pycurl.WS_BINARY)
                gathered = self._message if of_a_message else self._control
                gathered += data
                if meta.bytesleft == 0 and not meta.flags & pycurl.WS_CONT:
                    whole = bytes(gathered)
                    gathered.clear()
                    self._take(whole, meta.flags)
        except BlockingIOError:
            pass  # that was all

    def _take(self, octets: bytes, flags: int) -> None:
        if flags & pycurl.WS_CLOSE:
            self._take_close(octets)
        elif flags & pycurl.WS_PONG:
            tell("pong", payload=octets.decode(errors="replace"))
        elif flags & pycurl.WS_PING:
            tell("ping", payload=octets.decode(errors="replace"))
            self._sender.add(octets, pycurl.WS_PONG)
        else:
            message = octets.decode() if flags & pycurl.WS_TEXT else octets
            tell_message(message)
            if self._echo:
                self._sender.add(message, kind(message))

    def _take_close(self, body: bytes) -> None:
        code = int.from_bytes(body[:2], "big") if body else NO_STATUS
        self._close = {"code": code, "reason": body[2:].decode()}
        self._sender.answer_close(body)


def kind(message: str | bytes) -> int:
    flag: int = pycurl.WS_TEXT if isinstance(message, str) else pycurl.WS_BINARY
    return flag


def talk_until_the_end(curl: pycurl.Curl, talk: Talk) -> None:
    """Waits for commands and for the connection; the end of the commands is the end."""
    commands, stream = sys.stdin.fileno(), curl.getinfo(pycurl.ACTIVESOCKET)
    unread = bytearray()
    talk.advance()
    while True:
        poll = select.poll()
        poll.register(commands, select.POLLIN)
        if not talk.ended:
            poll.register(stream, talk.waits_for())
        ready = [descriptor for descriptor, _ in poll.poll()]
        if commands in ready:
            octets = os.read(commands, 1 << 20)
            if not octets:
                return
            unread += octets
            # A long line comes in many pieces.
            if b"\n" in octets:
                *lines, unread = unread.split(b"\n")
                for line in lines:
                    talk.obey(json.loads(line))
        talk.advance()


def main(role: str, url: str, options: str) -> None:
    assert role == "client", "libcurl is no server"
    settings = json.loads(options)
    headers: dict[str, str] = {}
    try:
        curl = connect(url, settings, headers)
    except pycurl.error as error:
        tell("failed", why=str(error))
        sys.stdin.read()
        return
    tell(
        "open",
        protocol=headers.get("sec-websocket-protocol", ""),
        extensions=headers.get("sec-websocket-extensions", ""),
    )
    talk_until_the_end(curl, Talk(curl, bool(settings.get("echo"))))


main(*sys.argv[1:])
