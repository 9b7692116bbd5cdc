"""RFC 6455 by hand, for peers that break its rules and for looks at the octets themselves."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct
from typing import NamedTuple

from .program import DEADLINE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Frame(NamedTuple):
    """A frame as it arrived, the payload unmasked."""

    fin: bool
    rsv: int
    opcode: int
    key: bytes | None
    payload: bytes

    @property
    def close_code(self) -> int:
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big")


def masked(payload: bytes, key: bytes) -> bytes:
    repeated = key * (len(payload) // 4 + 1)
    return bytes(a ^ b for a, b in zip(payload, repeated))


def header(first: int, length: int, key: bytes | None) -> bytes:
    """A frame header with the shortest form of the length."""
    bit = 0 if key is None else 0x80
    if length < 126:
        octets = bytes([first, bit | length])
    elif length < 65536:
        octets = bytes([first, bit | 126]) + length.to_bytes(2, "big")
    else:
        octets = bytes([first, bit | 127]) + length.to_bytes(8, "big")
    return octets + (key or b"")


def client_frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0
) -> bytes:
    key = os.urandom(4)
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    return header(first, len(payload), key) + masked(payload, key)


def server_frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    return header((0x80 if fin else 0) | opcode, len(payload), None) + payload


def reset(stream: socket.socket) -> None:
    """Ends a connection with a TCP reset."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


def accept_value(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


class RawConnection:
    """A TCP connection that reads heads and frames."""

    def __init__(self, stream: socket.socket) -> None:
        stream.settimeout(DEADLINE)
        self.stream = stream
        self._unread = bytearray()

    def __enter__(self) -> RawConnection:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stream.close()

    def send(self, octets: bytes) -> None:
        self.stream.sendall(octets)

    def _more(self) -> None:
        octets = self.stream.recv(65536)
        if not octets:
            unread = bytes(self._unread)
            raise EOFError(f"the peer ended the connection after {unread!r}")
        self._unread += octets

    def take(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._more()
        taken = bytes(self._unread[:count])
        del self._unread[:count]
        return taken

    def take_back(self, octets: bytes) -> None:
        """Octets that were read by others, before all that is read here."""
        self._unread[:0] = octets

    def read_head(self) -> list[str]:
        """The lines of an HTTP head."""
        while b"\r\n\r\n" not in self._unread:
            self._more()
        head = self.take(self._unread.index(b"\r\n\r\n") + 4)
        return head[:-4].decode("ascii").split("\r\n")

    def read_frame(self) -> Frame:
        first, second = self.take(2)
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(self.take(2 if length == 126 else 8), "big")
        key = self.take(4) if second & 0x80 else None
        payload = self.take(length)
        if key is not None:
            payload = masked(payload, key)
        return Frame(bool(first & 0x80), first >> 4 & 7, first & 0xF, key, payload)

    def read_message(self) -> tuple[int, bytes]:
        """The opcode and the payload of a message in however many frames."""
        frames = [self.read_frame()]
        while not frames[-1].fin:
            frames.append(self.read_frame())
        opcodes = [frame.opcode for frame in frames]
        assert opcodes[1:] == [CONTINUATION] * (len(frames) - 1), opcodes
        return opcodes[0], b"".join(frame.payload for frame in frames)

    def expect_echo(self, payload: bytes) -> None:
        """Sends a message and demands it back."""
        self.send(client_frame(BINARY, payload))
        same = self.read_message() == (BINARY, payload)
        assert same

    def expect_end(self) -> None:
        """Demands that the peer ends the connection and sends nothing more before."""
        try:
            octets = self._unread + self.stream.recv(65536)
        except ConnectionResetError:
            return
        assert octets == b"", f"{octets!r} instead of the end of the connection"


def connect(
    port: int, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> RawConnection:
    """With TLS, an end without a close_notify is an error."""
    stream = socket.create_connection(("127.0.0.1", port), DEADLINE)
    if tls is not None:
        stream = tls.wrap_socket(
            stream, server_hostname=host, suppress_ragged_eofs=False
        )
    return RawConnection(stream)


def request(port: int, **changes: str | None) -> bytes:
    """An opening handshake; changes replace headers (host, upgrade, ...), None leaves one out."""
    headers: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = ["GET /raw HTTP/1.1"]
    lines += [
        f"{name}: {value}" for name, value in headers.items() if value is not None
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def open_websocket(port: int, tls: ssl.SSLContext | None = None) -> RawConnection:
    """A connection after its opening handshake."""
    connection = connect(port, tls)
    connection.send(request(port))
    status = connection.read_head()[0]
    assert status.startswith("HTTP/1.1 101 "), status
    return connection


def listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(DEADLINE)
    return listener


def accept_websocket(listener: socket.socket, behind: bytes = b"") -> RawConnection:
    """The server's side of the opening handshake; `behind` follows it in one segment."""
    connection = RawConnection(listener.accept()[0])
    lines = connection.read_head()
    headers = dict(line.split(": ", 1) for line in lines[1:])
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_value(headers['Sec-WebSocket-Key'])}\r\n\r\n".encode()
        + behind
    )
    return connection
