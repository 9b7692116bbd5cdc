"""Peers of the echo server that do not keep to RFC 6455, or to any manners."""

import random
import select
import socket
import struct
import threading
import unittest

from peer import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    Peer,
    close_payload,
    frame,
    request,
)
from programs import WINDOWS, Server

# The close code, its reason, the error code.
MALFORMED = (1002, "malformed frame", "E_INVALID_PROTOCOL_FORMAT")
MISPLACED = (1002, "a frame that may not come here", "E_INVALID_PROTOCOL_OPERATION")
NOT_UTF_8 = (1007, "text that is not UTF-8", "E_INVALID_PROTOCOL_FORMAT")

BAD_FRAMES = {
    "a reserved bit": (frame(FIN | 0x40 | TEXT, b"a"), MALFORMED),
    "a reserved opcode": (frame(FIN | 0x3, b"a"), MALFORMED),
    "a reserved control opcode": (frame(FIN | 0xB), MALFORMED),
    "no mask": (frame(FIN | TEXT, b"a", mask=False), MALFORMED),
    "a fragmented ping": (frame(PING, b"a"), MALFORMED),
    "a long ping": (frame(FIN | PING, b"a" * 126), MALFORMED),
    "a length of 2^63": (struct.pack("!BBQ", FIN | BINARY, 0xFF, 1 << 63), MALFORMED),
    "a length not in its shortest form": (struct.pack("!BBH", FIN | TEXT, 0xFE, 125), MALFORMED),
    "bad UTF-8": (frame(FIN | TEXT, b"a\xffb"), NOT_UTF_8),
    "bad UTF-8 early in a long frame": (frame(TEXT, b"\xc0\x80", length=1 << 40), NOT_UTF_8),
    "a close of one octet": (frame(FIN | CLOSE, b"\x03"), MALFORMED),
    "a close with 1005": (frame(FIN | CLOSE, close_payload(1005)), MALFORMED),
    "a close with bad UTF-8": (frame(FIN | CLOSE, b"\x03\xe8\xff"), NOT_UTF_8),
    "a continuation of nothing": (frame(FIN | CONTINUATION, b"a"), MISPLACED),
    "a message within a message": (frame(TEXT, b"a") + frame(FIN | TEXT, b"b"), MISPLACED),
}


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--receive-buffer", "256", "--keep-alive", "0")
        cls.friend = Peer.open(cls.server.port)

    @classmethod
    def tearDownClass(cls):
        cls.friend.shut()
        cls.server.stop()

    def tearDown(self):
        """A connection that was there before is still served."""
        self.friend.send_frame(FIN | TEXT, b"still there")
        self.assertEqual(self.friend.read_message(), (TEXT, b"still there"))

    def test_bad_frames(self):
        for name, (octets, (code, reason, error)) in BAD_FRAMES.items():
            with self.subTest(name), Peer.open(self.server.port) as peer:
                peer.send_frame(FIN | TEXT, b"good")
                self.assertEqual(peer.read_message(), (TEXT, b"good"))
                peer.send(octets)
                first, payload = peer.read_frame()
                while first & 0x0F != CLOSE:  # the echo of what came before the fault
                    first, payload = peer.read_frame()
                self.assertEqual(payload, close_payload(code, reason))
                self.assertEqual(peer.read_to_end(), b"")
                self.server.wait_for(rf"protocol error: {reason} \({error}\)$")
                self.server.wait_for(f'close sent: {code} "{reason}"$')
            self.server.wait_for("ended")

    def test_a_huge_length_takes_no_memory(self):
        before = self.server.peak_memory()
        with Peer.open(self.server.port) as peer:
            peer.send(struct.pack("!BBQ", FIN | BINARY, 0xFF, 1 << 62) + b"\0\0\0\0" + b"a" * 1000)
            first, payload = peer.read_frame()
            self.assertEqual((first, payload[:1]), (BINARY, b"a"))
        self.server.wait_for("lost: ")
        self.assertLess(self.server.peak_memory() - before, 1 << 20)

    def test_random_octets(self):
        for seed in range(150):
            dice = random.Random(seed)
            with self.subTest(seed), Peer.open(self.server.port) as peer:
                try:
                    peer.send(dice.randbytes(dice.randrange(1, 3000)))
                    peer.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # the server may have closed already
                peer.read_to_end()
            self.server.wait_for("ended")

    def test_gone_at_any_point(self):
        whole = request() + frame(FIN | TEXT, b"hello") + frame(FIN | CLOSE, close_payload(1000))
        for length in range(1, len(whole) + 1, 3):
            with Peer.connect(self.server.port) as peer:
                peer.send(whole[:length])
                if length % 2:  # close by a reset
                    if WINDOWS:  # a connection that is reset before it was accepted is never seen
                        self.server.wait_for(" connected from")
                    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.wait_for("ended")

    def test_half_closed(self):
        message = bytes(range(256)) * 4000
        with Peer.open(self.server.port) as peer:
            sender = threading.Thread(
                target=lambda: (
                    peer.send_frame(FIN | BINARY, message),
                    peer.socket.shutdown(socket.SHUT_WR),
                )
            )
            sender.start()
            self.assertEqual(peer.read_message(), (BINARY, message))
            sender.join()
            self.assertTrue(peer.at_end())
        self.server.wait_for("lost: the peer closed the connection")

    def test_a_peer_that_sends_and_does_not_read(self):
        before = self.server.peak_memory()
        message = bytes(i % 253 for i in range(32 << 20))
        octets, sent = memoryview(frame(FIN | BINARY, message)), 0
        with Peer.open(self.server.port) as peer:
            # Until the buffers of both sockets are full; a server that reads on would take it all.
            while select.select([], [peer.socket], [], 0.5)[1] and sent < len(octets):
                sent += peer.socket.send(octets[sent : sent + 65536], socket.MSG_DONTWAIT)
            self.assertLess(sent, len(octets))
            with Peer.open(self.server.port) as other:  # is served meanwhile
                other.send_frame(FIN | TEXT, b"hello")
                self.assertEqual(other.read_message(), (TEXT, b"hello"))
            sender = threading.Thread(target=peer.send, args=(octets[sent:],))
            sender.start()
            self.assertEqual(peer.read_message(), (BINARY, message))
            sender.join()
        self.assertLess(self.server.peak_memory() - before, 1 << 20)

    def test_pings_between_fragments(self):
        with Peer.open(self.server.port) as peer:
            peer.send_frame(TEXT, b"one ")
            self.assertEqual(peer.read_frame(), (TEXT, b"one "))
            peer.send_frame(FIN | PING, b"p" * 125)
            self.assertEqual(peer.read_frame(), (FIN | PONG, b"p" * 125))
            peer.send_frame(FIN | CONTINUATION, b"two")
            self.assertEqual(peer.read_frame(), (FIN | CONTINUATION, b"two"))
            peer.send_frame(FIN | CLOSE, b"")
            self.assertEqual(peer.read_frame(), (FIN | CLOSE, b""))
            self.assertTrue(peer.at_end())
        self.server.wait_for("close received: without a status")

    def test_messages_after_a_close(self):
        with Peer.open(self.server.port) as peer:
            peer.send(frame(FIN | CLOSE, close_payload(1000, "x")) + frame(FIN | TEXT, b"a") * 2000)
            self.assertEqual(peer.read_frame(), (FIN | CLOSE, close_payload(1000, "x")))
            self.assertEqual(peer.read_to_end(), b"")

    def test_a_reason_cannot_write_into_the_log(self):
        with Peer.open(self.server.port) as peer:
            peer.send_frame(FIN | CLOSE, close_payload(1000, 'a"\n#1 lost: \x1b[31m\x9b'))
            peer.read_to_end()
        self.server.wait_for(r'close received: 1000 "a\\"\\x0A#1 lost: \\x1B\[31m\\xC2')


class KeepAlive(unittest.TestCase):
    def test_a_peer_that_answers_and_one_that_does_not(self):
        # Long enough for a busy machine to answer in.
        with Server("--keep-alive", "2000") as server, Peer.open(server.port) as peer:
            for _ in range(2):
                self.assertEqual(peer.read_frame(), (FIN | PING, b""))
                peer.send_frame(FIN | PONG)
                server.wait_for("pong")
            self.assertEqual(peer.read_to_end()[:2], bytes([FIN | PING, 0]))
            server.wait_for("lost: no answer to a ping")


class Stopping(unittest.TestCase):
    def test_everybody_is_told(self):
        with Server() as server:
            peers = [Peer.open(server.port) for _ in range(5)]
            peers[0].send_frame(TEXT, b"half a message")
            peers[0].read_frame()
            waiting = Peer.connect(server.port)
            server.wait_for("#6 connected")
            server.ask_to_stop()
            for peer in peers:
                self.assertEqual(peer.read_frame(), (FIN | CLOSE, close_payload(1001, "the server ends")))
                peer.send_frame(FIN | CLOSE, close_payload(1001))
                self.assertTrue(peer.at_end())
                peer.shut()
            self.assertEqual(waiting.read_to_end(), b"")
            waiting.shut()
            self.assertEqual(server.wait(), 0)

    def test_a_second_request_ends_it_at_once(self):
        with Server() as server, Peer.open(server.port) as peer:
            server.ask_to_stop()
            self.assertEqual(peer.read_frame()[0], FIN | CLOSE)
            server.ask_to_stop()
            self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
