"""The limits of the echo server: what is just inside of them, and what is not."""

import unittest
import zlib

from peer import BINARY, CLOSE, CONTINUATION, FIN, RSV1, TEXT, Peer, close_payload, frame, request
from programs import Server, run_program

TOO_BIG = close_payload(1009, "message too big")
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
# As many get an answer at once when there are too many connections.
MOST_TURNED_AWAY = 64


class Limits(unittest.TestCase):
    def test_the_largest_message(self):
        with Server("--max-message", "1000", "--receive-buffer", "256") as server:
            for sizes in ((1000,), (999, 1), (1, 999), (500, 0, 499), (500, 500, 0)):
                with self.subTest(sizes), Peer.open(server.port) as peer:
                    for turn in range(2):  # the count begins anew
                        peer.send(message(*sizes))
                        self.assertEqual(peer.read_message(), (BINARY, b"a" * sum(sizes)))
            for sizes in ((1001,), (1000, 1), (1 << 20,), (500, 0, 500), (0,) * 1002):
                with self.subTest(sizes), Peer.open(server.port) as peer:
                    peer.send(message(*sizes))
                    first, payload = peer.read_frame()
                    while first & 0x0F != CLOSE:
                        first, payload = peer.read_frame()
                    self.assertEqual(payload, TOO_BIG)
                    self.assertEqual(peer.read_to_end(), b"")
                server.wait_for("refused: message too big$")
                server.wait_for('close sent: 1009 "message too big"$')
                server.wait_for(r"ended: 127\.0\.0\.1 port \d+: message too big$")

    def test_the_largest_message_decompressed(self):
        """Also beyond what the library itself would allow."""
        for most in (1000, 20 << 20):
            with Server("--deflate", "--max-message", str(most)) as server:
                for size in (most, most + 1):
                    with self.subTest(size), Peer.open(server.port, more=DEFLATE) as peer:
                        peer.send(frame(FIN | RSV1 | BINARY, compress(size)))
                        first, payload = peer.read_frame()
                        while not first & FIN:
                            first, payload = peer.read_frame()
                        if size == most:
                            server.wait_for(f"binary message, {size} octets")
                        else:
                            self.assertEqual((first, payload), (FIN | CLOSE, TOO_BIG))
                server.wait_for(r"ended: 127\.0\.0\.1 port \d+: message too big$")

    def test_the_largest_head(self):
        for most in (256, 1500, 40000):
            with Server("--max-head", str(most)) as server:
                start = b"GET / HTTP/1.1\r\nX: "
                for length in (most, most + 1):
                    with self.subTest(length), Peer.connect(server.port) as peer:
                        peer.send(start + b"a" * (length - len(start) - 4) + b"\r\n\r\n")
                        want = "HTTP/1.1 200 " if length == most else "HTTP/1.1 431 "
                        self.assertTrue(peer.read_head().startswith(want))
                reason = f"431 Request Header Fields Too Large: at most {most} octets and 100 fields"
                server.wait_for(f"refused: {reason}$")
                server.wait_for(rf"ended: 127\.0\.0\.1 port \d+: {reason}$")

    def test_what_comes_behind_a_small_head(self):
        with Server("--max-head", "256") as server, Peer.connect(server.port) as peer:
            peer.send(request() + frame(FIN | TEXT, b"a" * 5000) + frame(FIN | TEXT, b"b"))
            self.assertTrue(peer.read_head().startswith("HTTP/1.1 101 "))
            self.assertEqual(peer.read_message(), (TEXT, b"a" * 5000))
            self.assertEqual(peer.read_message(), (TEXT, b"b"))

    def test_one_connection_more(self):
        with Server("--max-connections", "3") as server:
            peers = [Peer.open(server.port), Peer.open(server.port), Peer.connect(server.port)]
            server.wait_for("#3 connected")
            for octets in (request(), b"", b"GET / HTTP/1.1\r\n"):
                with Peer.connect(server.port) as other:
                    other.send(octets)
                    head = other.read_head()
                    self.assertTrue(head.startswith("HTTP/1.1 503 Service Unavailable\r\n"), head)
                    self.assertIn("\r\nRetry-After: 10\r\n", head)
                    self.assertEqual(
                        other.read_to_end(), b"503 Service Unavailable: too many connections\n"
                    )
                server.wait_for(r"ended: 127\.0\.0\.1 port \d+: 503 .*: too many connections$")
            peers.pop().shut()
            server.wait_for("#3 ended")
            peers.append(Peer.open(server.port))
            for peer in peers:
                peer.send_frame(FIN | TEXT, b"hello")
                self.assertEqual(peer.read_message(), (TEXT, b"hello"))
                peer.shut()

    def test_many_connections_more(self):
        """Those that are turned away do not leave, and then there is no answer for others."""
        with Server("--max-connections", "1") as server, Peer.open(server.port) as peer:
            away = [Peer.connect(server.port) for _ in range(MOST_TURNED_AWAY)]
            for other in away:
                self.assertTrue(other.read_head().startswith("HTTP/1.1 503 "))
            with Peer.connect(server.port) as other:
                self.assertEqual(other.read_to_end(), b"")
            server.wait_for(r"ended: 127\.0\.0\.1 port \d+: too many connections$")
            peer.send_frame(FIN | TEXT, b"hello")
            self.assertEqual(peer.read_message(), (TEXT, b"hello"))
            for other in away:
                other.shut()

    def test_values_that_make_no_sense(self):
        for words in (
            ("--max-connections", "0"),
            ("--max-message", "0"),
            ("--max-message", "4294967296"),
            ("--max-head", "255"),
            ("--handshake-time", "0"),
            ("--stall-time", "soon"),
        ):
            code, output = run_program("echo_server", *words)
            self.assertEqual(code, 2, output)
            self.assertIn(f'what does "{words[1]}" mean?', output)


def compress(size):
    zip = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (zip.compress(bytes(size)) + zip.flush(zlib.Z_SYNC_FLUSH))[:-4]


def message(*sizes):
    """In fragments of so many octets."""
    opcodes = [BINARY] + [CONTINUATION] * (len(sizes) - 1)
    opcodes[-1] |= FIN
    return b"".join(frame(opcode, b"a" * size) for opcode, size in zip(opcodes, sizes))


if __name__ == "__main__":
    unittest.main()
