"""Attacks on the echo server, with a friend that has to be served all the while."""

import collections
import contextlib
import os
import random
import re
import select
import socket
import struct
import threading
import time
import unittest
import zlib

from friend import Friend
from peer import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    RSV1,
    TEXT,
    Peer,
    close_payload,
    frame,
    request,
)
from programs import PATIENCE, Server, posix_only

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
TOO_BIG = close_payload(1009, "message too big")
TOO_SLOW = close_payload(1008, "a message takes too long")
# Milliseconds that are short for a test, and long for a busy machine.
SHORT = "1000"


def bomb():
    """1 GiB of zeros, compressed to a thousandth: one flushed block again and again."""
    zip = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = zip.compress(bytes(1 << 20)) + zip.flush(zlib.Z_FULL_FLUSH)
    return block * 1023 + block[:-4]  # RFC 7692 section 7.2.1


def close_in(peer):
    """The payload of the close that comes, behind whatever else."""
    first, payload = peer.read_frame()
    while first != FIN | CLOSE:
        first, payload = peer.read_frame()
    return payload


def send_until_gone(peer, octets):
    """Sends the same again and again until the server has no more of it."""
    try:
        while True:
            peer.send(octets)
    except OSError:
        pass


class Attacks(unittest.TestCase):
    @contextlib.contextmanager
    def server(self, *options):
        """A server with a friend; in the end it must have said why it ended which of the peers."""
        # By their ports. A connection that was reset frees its port, and another one may get it.
        self.reasons = collections.defaultdict(list)
        with Server("--quiet", "--keep-alive", "0", *options) as self.server_:
            with Friend(self.server_.port) as self.friend, contextlib.ExitStack() as self.peers:
                yield
                self.friend.is_served()
            log = self.server_.stop()
        for port, reasons in self.reasons.items():
            said = re.findall(rf"(?m)^#\d+ ended: 127\.0\.0\.1 port {port}: (.*)$", log)
            self.assertEqual(len(said), len(reasons), f"port {port}: {said}")
            for one, reason in zip(said, reasons):
                self.assertRegex(one, f"^(?:{reason})$")
        count = sum(len(reasons) for reasons in self.reasons.values())
        self.assertEqual(log.count(" ended: "), count, log[-4000:])
        # Who was sent away has not been read from any more.
        self.assertNotIn("no answer to our close", log)

    def meet(self, how, reason=None, **more):
        peer = self.peers.enter_context(how(self.server_.port, **more))
        if reason is not None:
            self.reasons[peer.socket.getsockname()[1]].append(reason)
        return peer

    def run_all(self, work, peers):
        """In a thread for each of them, while the friend is served."""
        threads = [threading.Thread(target=work, args=(peer,), daemon=True) for peer in peers]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.friend.is_served(5)

    def dribble(self, streams, until, also=lambda: None):
        """Some octets of each in turn, until the server has answered with these.

        streams: peers, with a function that gives the octets of a turn.
        also: what else is done in each turn.
        """
        left, turn = dict(streams), 0
        deadline = time.monotonic() + PATIENCE
        while left:
            self.assertLess(time.monotonic(), deadline, f"{len(left)} go on for ever")
            for peer, octets in list(left.items()):
                while peer in left and select.select([peer.socket], [], [], 0)[0]:
                    peer.more()
                    if until in peer.buffer:
                        del left[peer]
                if peer in left:
                    peer.send(octets(turn))
            self.friend.is_served(2)
            also()
            turn += 1

    def part(self, *peers):
        """They are still served, and go as one should."""
        for peer in peers:
            peer.send_frame(FIN | TEXT, b"still there")
            self.assertEqual(peer.read_message(), (TEXT, b"still there"))
            peer.send_frame(FIN | CLOSE, close_payload(1000))
            self.assertEqual(peer.read_frame(), (FIN | CLOSE, close_payload(1000)))

    def test_slow_handshakes(self):
        whole = b"GET / HTTP/1.1\r\nX: "
        with self.server("--handshake-time", SHORT):
            reason = "408 Request Timeout: no request came"
            slow = [self.meet(Peer.connect, reason) for _ in range(50)]
            octets = lambda turn: whole[turn : turn + 1] or b"a"
            self.dribble(dict.fromkeys(slow, octets), b"408 Request Timeout: no request came\n")
            for peer in slow:
                self.assertTrue(peer.read_head().startswith("HTTP/1.1 408 "))

    def test_slow_frames(self):
        """Of what never ends, a frame that is held until it is whole, and one that is echoed as it comes."""
        held = frame(FIN | BINARY, bytes(4000), mask=True)
        endless = frame(BINARY, length=1 << 40)
        with self.server("--stall-time", SHORT):
            slow = {}
            for octets in (held, endless):
                for _ in range(20):
                    peer = self.meet(Peer.open, "a message takes too long")
                    slow[peer] = lambda turn, octets=octets: octets[turn : turn + 1] or b"a"
            # Who is silent between messages, or sends pings alone, is not slow.
            silent, pings = self.meet(Peer.open), self.meet(Peer.open)

            def ping():
                time.sleep(0.02)  # or it would be fast
                pings.send_frame(FIN | PING)
                self.assertEqual(pings.read_frame(), (FIN | PONG, b""))

            self.dribble(slow, TOO_SLOW, ping)
            for peer in slow:
                self.assertEqual(close_in(peer), TOO_SLOW)
            self.part(silent, pings)

    def test_slow_fragments(self):
        """A message that grows by an octet now and then, in whole frames, with pings between them."""
        with self.server("--stall-time", SHORT):
            slow = [self.meet(Peer.open, "a message takes too long") for _ in range(20)]
            for peer in slow:
                peer.send_frame(BINARY, b"a")
            octets = frame(CONTINUATION, b"a") + frame(FIN | PING)
            # Who ends one message and begins the next is not slow, however small they are.
            talker = self.meet(Peer.open)
            talker.send_frame(BINARY, b"a")

            def talk():
                time.sleep(0.03)  # or they would be fast
                talker.send(frame(FIN | CONTINUATION, b"b") + frame(BINARY, b"a"))
                self.assertEqual(talker.read_message(), (BINARY, b"ab"))

            self.dribble(dict.fromkeys(slow, lambda turn: octets), TOO_SLOW, talk)
            for peer in slow:
                self.assertEqual(close_in(peer), TOO_SLOW)
            talker.send_frame(FIN | CONTINUATION)
            self.assertEqual(talker.read_message(), (BINARY, b"a"))
            self.part(talker)

    def test_a_message_that_has_just_begun(self):
        """The server looks in intervals, and one look is not enough."""
        with self.server("--stall-time", "3000"):
            peer = self.meet(Peer.open)
            time.sleep(2.7)  # almost until it looks
            peer.send_frame(BINARY, b"a")
            time.sleep(0.6)  # until it has, and long before it does again
            peer.send_frame(FIN | CONTINUATION, b"b")
            self.assertEqual(peer.read_message(), (BINARY, b"ab"))
            self.part(peer)

    @posix_only
    def test_a_slow_reader_is_no_attack(self):
        with self.server("--stall-time", SHORT):
            peer = self.meet(narrow)
            address = peer.socket.getsockname()[1]
            fill(peer, frame(BINARY, bytes(1 << 20)) + frame(CONTINUATION, bytes(1 << 20)) * 40)
            for _ in range(20):
                time.sleep(0.2)  # four times as long as the server waits for one octet
                peer.socket.recv(1 << 16)
                self.friend.is_served(1)
            peer.shut()
            self.reasons[address].append(".*")

    def test_endless_fragments(self):
        limit = 1 << 16
        with self.server("--max-message", str(limit)):
            for length in (0, 1, 1000):
                peer = self.meet(Peer.open, "message too big")
                peer.send_frame(TEXT, b"a" * length)
                octets = frame(CONTINUATION, b"a" * length) * 100
                sender = threading.Thread(target=send_until_gone, args=(peer, octets), daemon=True)
                sender.start()
                self.friend.is_served()
                echoed, (first, payload) = 0, peer.read_frame()
                while first != FIN | CLOSE:
                    echoed += len(payload)
                    first, payload = peer.read_frame()
                self.assertEqual(payload, TOO_BIG)
                self.assertLessEqual(echoed, limit)
                self.assertGreater(echoed, limit - 1000 if length else -1)
                peer.read_to_end()
                peer.shut()
                sender.join()

    def test_lengths_at_the_end_of_the_numbers(self):
        with self.server("--max-message", str(1 << 20)):
            before = self.server_.peak_memory()
            peer = self.meet(Peer.open, "malformed frame")
            peer.send(struct.pack("!BBQ", FIN | BINARY, 0xFF, 1 << 63))
            self.assertEqual(close_in(peer), close_payload(1002, "malformed frame"))
            for first in (FIN | BINARY, BINARY):
                peer = self.meet(Peer.open, "message too big")
                peer.send(struct.pack("!BBQ", first, 0xFF, (1 << 63) - 1) + bytes(4))
                sender = threading.Thread(target=send_until_gone, args=(peer, bytes(4096)), daemon=True)
                sender.start()
                self.friend.is_served()
                self.assertEqual(close_in(peer), TOO_BIG)
                peer.read_to_end()
                peer.shut()
                sender.join()
            self.assertLess(self.server_.peak_memory() - before, 1 << 20)

    def test_floods_of_pings(self):
        pings = frame(FIN | PING, b"p" * 125) * 500
        with self.server("--stall-time", SHORT):
            before = self.server_.peak_memory()
            # Who reads may go on; who does not is sent away.
            readers = [self.meet(Peer.open) for _ in range(2)]
            senders = [threading.Thread(target=send_until_gone, args=(p, pings)) for p in readers]
            drains = [threading.Thread(target=drain, args=(p,)) for p in readers]
            for thread in (*senders, *drains):
                thread.start()
            deaf = [self.meet(Peer.open, "the peer does not read") for _ in range(4)]
            self.run_all(lambda peer: send_until_gone(peer, pings), deaf)
            for peer in readers:
                peer.socket.shutdown(socket.SHUT_RDWR)
                self.reasons[peer.socket.getsockname()[1]].append(".*")
            for thread in (*senders, *drains):
                thread.join()
            self.assertLess(self.server_.peak_memory() - before, 1 << 20)

    def test_floods_of_pongs(self):
        """They want no answer, and no line in the log either."""
        pongs = frame(FIN | PONG, b"p" * 125) * 500
        with self.server():
            for _ in range(3):
                peer = self.meet(Peer.open)
                for _ in range(50):
                    peer.send(pongs)
                    self.friend.is_served(1)
                peer.send_frame(FIN | CLOSE, close_payload(1000))
                self.assertEqual(close_in(peer), close_payload(1000))
        self.assertNotIn(" pong", "\n".join(self.server_.lines))

    def test_bombs(self):
        octets = frame(FIN | RSV1 | BINARY, bomb())
        with self.server("--deflate", "--max-message", str(1 << 24)):
            before = self.server_.peak_memory()
            peers = [self.meet(Peer.open, "message too big", more=DEFLATE) for _ in range(8)]

            def explode(peer):
                with contextlib.suppress(OSError):  # the server does not take all of it
                    peer.send(octets)

            self.run_all(explode, peers)
            for peer in peers:
                self.assertEqual(close_in(peer), TOO_BIG)
                peer.read_to_end()
            self.assertLess(self.server_.peak_memory() - before, 8 << 20)

    def test_half_closed(self):
        whole = request() + frame(FIN | TEXT, b"hello") + frame(BINARY, b"half", length=1 << 20)
        with self.server("--stall-time", SHORT):
            for length in (0, 1, 100, len(request()), len(request()) + 3, len(whole)):
                for _ in range(20):
                    peer = self.meet(Peer.connect, "the peer closed .*")
                    peer.send(whole[:length])
                    peer.socket.shutdown(socket.SHUT_WR)
                    self.friend.is_served(1)
            # These leave the echo where it is.
            for _ in range(4):
                peer = self.meet(Peer.open, "the peer does not read")
                fill(peer, frame(BINARY, bytes(1 << 20)) + frame(CONTINUATION, bytes(1 << 20)) * 40)
                peer.socket.shutdown(socket.SHUT_WR)
                self.friend.is_served(1)
            for _ in range(4):
                self.server_.wait_for("ended: .*: the peer does not read")
                self.friend.is_served(1)

    def test_garbage(self):
        dice = random.Random(7692)
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(506)
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)
        octets = [hello, preface, bytes(20000), b"\r\n" * 9000, b"a" * 20000, b"SSH-2.0-x\r\n"]
        octets += [dice.randbytes(dice.randrange(1, 3000)) for _ in range(200)]
        with self.server():
            for garbage in octets:
                peer = self.meet(Peer.connect, r"4\d\d .*|the peer closed within its request")
                with contextlib.suppress(OSError):  # the server may have closed already
                    peer.send(garbage)
                    peer.socket.shutdown(socket.SHUT_WR)
                peer.read_to_end()
                self.friend.is_served(1)


def fill(peer, octets):
    """Sends as long as somebody takes it, and then no more."""
    view = memoryview(octets)
    while view and select.select([], [peer.socket], [], 0.3)[1]:
        view = view[peer.socket.send(view[: 1 << 16], socket.MSG_DONTWAIT) :]
    assert view, "all of it was taken"


def narrow(port):
    """A connection with little room for what is not read yet."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)
    connection.connect(("127.0.0.1", port))
    return Peer.greet(connection)


def drain(peer):
    with contextlib.suppress(OSError):
        while peer.socket.recv(1 << 16):
            pass


if __name__ == "__main__":
    unittest.main()
