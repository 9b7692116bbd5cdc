"""A stretch of wire that tells how many messages on it were compressed."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from typing import Any, Callable, NamedTuple

from .raw import BINARY, TEXT

RSV1 = 0x40


class Counter:
    """Reads one direction of a WebSocket connection: its HTTP head, then its frames' headers."""

    def __init__(self) -> None:
        self.messages = 0
        self.compressed = 0
        self.misplaced = 0  # frames that may not have RSV1 (RFC 7692 section 6)
        self._unread = bytearray()
        self._payload = 0  # octets until the next header
        self._in_head = True

    def read(self, octets: bytes) -> None:
        self._unread += octets
        while self._skip_payload() and self._read_header():
            pass

    def _skip_payload(self) -> bool:
        skipped = min(self._payload, len(self._unread))
        del self._unread[:skipped]
        self._payload -= skipped
        return self._payload == 0

    def _read_header(self) -> bool:
        if self._in_head and not self._read_head():
            return False
        if len(self._unread) < 2:
            return False
        first, second = self._unread[:2]
        extended = {126: 2, 127: 8}.get(second & 0x7F, 0)
        header = 2 + extended + (4 if second & 0x80 else 0)
        if len(self._unread) < header:
            return False
        length = int.from_bytes(self._unread[2 : 2 + extended], "big")
        self._payload = length if extended else second & 0x7F
        del self._unread[:header]
        self._count(first & 0xF, first & RSV1 != 0)
        return True

    def _read_head(self) -> bool:
        end = self._unread.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        first = self._unread[:end].split(b"\r\n", 1)[0]
        if first.startswith(b"HTTP/") and b" 101 " not in first:
            self._payload = sys.maxsize  # no frames will come
        del self._unread[:end]
        self._in_head = False
        return self._skip_payload()

    def _count(self, opcode: int, rsv1: bool) -> None:
        if opcode in (TEXT, BINARY):
            self.messages += 1
            self.compressed += rsv1
        else:
            self.misplaced += rsv1


class Connection(NamedTuple):
    from_client: Counter
    from_server: Counter


class Relay:
    """Hands each connection on to another port, octet by octet, and its end as well."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections: list[Connection] = []
        self._start(self._accept)

    def close(self) -> None:
        # A close alone does not wake the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def counters(self) -> list[Counter]:
        return [counter for connection in self.connections for counter in connection]

    def _start(self, work: Callable[..., None], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._join, client)

    def _join(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            with server:
                counters = Connection(Counter(), Counter())
                self.connections.append(counters)
                back = self._start(carry, server, client, counters.from_server)
                carry(client, server, counters.from_client)
                back.join()


def carry(source: socket.socket, target: socket.socket, counter: Counter) -> None:
    """One direction, until its end or until the connection is lost."""
    try:
        while octets := source.recv(65536):
            counter.read(octets)
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        cut(source)
        cut(target)


def cut(end: socket.socket) -> None:
    """Wakes whoever waits for it, too, as a close would not."""
    with suppress(OSError):  # that it has ended
        end.shutdown(socket.SHUT_RDWR)
