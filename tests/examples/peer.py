"""A WebSocket peer over a plain socket that can do everything wrong."""

import base64
import hashlib
import os
import socket
import struct

from programs import PATIENCE

FIN, RSV1 = 0x80, 0x40
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

REQUEST = (
    "GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n"
)


def request(target="/", more=""):
    return REQUEST.format(target=target, more=more).encode()


def mask_octets(payload, key):
    length = len(payload)
    if length == 0:
        return b""
    keys = (key * (length // 4 + 1))[:length]
    number = int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")
    return number.to_bytes(length, "little")


def frame(first, payload=b"", mask=True, length=None):
    """`length`: the length announced, whatever the payload is."""
    length = len(payload) if length is None else length
    bit = 0x80 if mask else 0
    if length < 126:
        header = struct.pack("!BB", first, bit | length)
    elif length < 65536:
        header = struct.pack("!BBH", first, bit | 126, length)
    else:
        header = struct.pack("!BBQ", first, bit | 127, length)
    if not mask:
        return header + payload
    key = os.urandom(4)
    return header + key + mask_octets(payload, key)


def close_payload(status, reason=""):
    return struct.pack("!H", status) + reason.encode()


class Peer:
    """One end of a connection."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.buffer = b""

    @classmethod
    def connect(cls, port):
        return cls(socket.create_connection(("127.0.0.1", port)))

    @classmethod
    def open(cls, port, target="/", more=""):
        """Connected, with the handshake done."""
        return cls.greet(socket.create_connection(("127.0.0.1", port)), target, more)

    @classmethod
    def greet(cls, connection, target="/", more=""):
        """Does the handshake on a connection."""
        peer = cls(connection)
        peer.send(request(target, more))
        head = peer.read_head()
        assert head.startswith("HTTP/1.1 101 "), head
        assert "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=" in head, head
        return peer

    def send(self, octets):
        self.socket.sendall(octets)

    def send_frame(self, first, payload=b"", **how):
        self.send(frame(first, payload, **how))

    def more(self):
        octets = self.socket.recv(1 << 16)
        self.buffer += octets
        return octets

    def read_exactly(self, length):
        while len(self.buffer) < length:
            if not self.more():
                raise EOFError(f"{length} octets wanted, {self.buffer!r} came")
        octets, self.buffer = self.buffer[:length], self.buffer[length:]
        return octets

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise EOFError(f"no head but {self.buffer!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1")

    def read_frame(self):
        """First octet and payload; a server's frames must not be masked."""
        first, length = self.read_exactly(2)
        masked, length = length & 0x80, length & 0x7F
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(self.read_exactly(width), "big")
        key = self.read_exactly(4) if masked else b"\0\0\0\0"
        return first, mask_octets(self.read_exactly(length), key)

    def read_message(self):
        """Opcode and payload of a whole message, pieced together."""
        first, payload = self.read_frame()
        opcode, parts = first & 0x0F, [payload]
        while not first & FIN:
            first, payload = self.read_frame()
            assert first & 0x0F == CONTINUATION, first
            parts.append(payload)
        return opcode, b"".join(parts)

    def read_to_end(self):
        """What comes until the peer closes, in whatever way."""
        try:
            while self.more():
                pass
        except ConnectionError:
            pass
        octets, self.buffer = self.buffer, b""
        return octets

    def at_end(self):
        return self.buffer == b"" and self.socket.recv(1) == b""

    def shut(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shut()


def accept_for(key):
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest).decode()
