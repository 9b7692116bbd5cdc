"""Ten thousand peers at once, and what the peers of each kind cost: README.md has the formula."""

import os
import resource
import socket
import ssl
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

from friend import Friend
from peer import BINARY, FIN, RSV1, TEXT, Peer, frame, request
from programs import SERVERS, Server, posix_only

CROWD = 10000
# Of each kind, so that what the server needs for itself does not count.
PEERS = 500
FEW = 60
TLS = os.environ["TLS"] == "1"
README = Path(__file__).parents[2] / "examples" / "README.md"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
# Octets; the formula of README.md, whose words these are.
HEAD, RECEIVE, SEND = 16384, 4096, 16
COSTS = {
    "4 KiB + `--max-head`": (4 << 10) + HEAD,
    "4 KiB + `--receive-buffer` + `--send-buffer`": (4 << 10) + RECEIVE + SEND,
    "400 KiB + 2 × `--receive-buffer`": (400 << 10) + 2 * RECEIVE,
    "192 KiB": 192 << 10,
    "64 KiB": 64 << 10,
}
ANSWERING, OPEN, COMPRESSED, TLS_ANSWERING, TLS_OPEN = COSTS.values()


def allow_many_sockets():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise AssertionError(
            f"{CROWD} connections take {wanted} descriptors, and this machine allows {hard}: "
            f"set them as root before the tests, ulimit -n {wanted} "
            f"(docker run --ulimit nofile={wanted}, LimitNOFILE={wanted} of systemd)"
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connect_all(port, count):
    """All begin before one of them is through."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
    return sockets


class Crowd(unittest.TestCase):
    @posix_only
    def test_ten_thousand_connections(self):
        for program in SERVERS:
            with self.subTest(program):
                self.crowd_at(program)

    def crowd_at(self, program):
        words = ["--quiet", "--max-connections", str(CROWD + 1), "--handshake-time", "100000"]
        # The server raises the limit for itself, from what is usual.
        few = ("bash", "-c", 'ulimit -Sn 1024; exec "$@"', "bash")
        with Server(*words, program=program, prefix=few) as server, Friend(server.port) as friend:
            allow_many_sockets()
            before = server.peak_memory()
            peers = [Peer(one) for one in connect_all(server.port, CROWD)]
            friend.is_served()
            for peer in peers:
                peer.send(request())
            friend.is_served()
            for peer in peers:
                self.assertTrue(peer.read_head().startswith("HTTP/1.1 101 "))
            with Peer.connect(server.port) as more:
                self.assertTrue(more.read_head().startswith("HTTP/1.1 503 "))
            for turn in range(2):
                for number, peer in enumerate(peers):
                    peer.send_frame(FIN | TEXT, b"%d" % number)
                friend.is_served()
                for number, peer in enumerate(peers):
                    self.assertEqual(peer.read_frame(), (FIN | TEXT, b"%d" % number))
            cost = (server.peak_memory() - before) / CROWD
            self.assertLess(cost, OPEN)
            for peer in peers:
                peer.shut()
            friend.is_served()
            print(
                f"{program}: {cost:.0f} octets for each of {CROWD}, {friend.echoes} echoes for the friend"
            )


class Memory(unittest.TestCase):
    """Each kind of peer costs at most what README.md says."""

    def test_the_formula_is_the_one_of_the_readme(self):
        text = README.read_text()
        for words in COSTS:
            self.assertTrue(f"| {words} |" in text, words)

    def measure(self, most, meet, *options, count=PEERS, finish=None, friend=Peer.open):
        with Server("--keep-alive", "0", "--quiet", *options) as server:
            meet(server.port).shut()  # what the first one brings is for all
            server.wait_for(" ended")
            before = server.peak_memory()
            peers = [meet(server.port) for _ in range(count)]
            for peer in peers:
                server.wait_for("connected from")
            for peer in peers if finish else ():
                finish(peer)
            with Friend(server.port, friend) as friend:  # whatever came before is seen now
                friend.is_served()
            cost = (server.peak_memory() - before) / count
            for peer in peers:
                peer.shut()
        print(f"{cost:.0f} octets each, of {most}")
        self.assertLess(cost, most)
        # A bound far away would bound nothing, and what was not read would cost nothing.
        self.assertGreater(cost, most / 4)

    @posix_only
    def test_memory(self):
        kinds = {
            "a head": (ANSWERING, connected(b"GET / HTTP/1.1\r\nX: ".ljust(HEAD - 1, b"a"))),
            "a frame": (OPEN, opened(frame(BINARY, bytes(20000), length=1 << 62))),
            "a message that is not read": (OPEN, opened(frame(BINARY, bytes(1 << 17)))),
        }
        for name, (most, meet) in kinds.items():
            with self.subTest(name):
                self.measure(most, meet)
        with self.subTest("a frame behind a long head"):
            start, end = request()[:-2] + b"X: ".ljust(HEAD - 500, b"a"), b"\r\n\r\n"

            def finish(peer):
                peer.send(end + frame(BINARY, bytes(20000), length=1 << 62))
                peer.read_head()

            self.measure(ANSWERING, connected(start), finish=finish)
        with self.subTest("compression"):
            self.measure(OPEN + COMPRESSED, opened(compressed(), DEFLATE), "--deflate", count=FEW)

    @posix_only
    def test_memory_of_tls(self):
        if not TLS:  # test_tls.py has what a program without it does
            return
        with tempfile.TemporaryDirectory() as folder:
            pem = certificate(folder)
            options, most = ("--tls", pem), ANSWERING + TLS_ANSWERING
            context = ssl.create_default_context(cafile=pem)

            def friend(port):
                plain = socket.create_connection(("127.0.0.1", port))
                return Peer.greet(context.wrap_socket(plain, server_hostname="localhost"))

            with self.subTest("a hello"):
                self.measure(most, connected(long_hello()), *options, count=FEW, friend=friend)
            with self.subTest("a record"):
                self.measure(
                    OPEN + TLS_OPEN, lambda port: half_a_record(friend(port)), *options, friend=friend
                )


def connected(octets):
    def meet(port):
        peer = Peer.connect(port)
        peer.send(octets)
        return peer

    return meet


def opened(octets, more=""):
    def meet(port):
        peer = Peer.open(port, more=more)
        peer.send(octets)
        return peer

    return meet


def compressed():
    """A message for which both sides need all of their windows; its echo is not read."""
    zip = zlib.compressobj(9, zlib.DEFLATED, -15)
    octets = zip.compress(os.urandom(1 << 17)) + zip.flush(zlib.Z_SYNC_FLUSH)
    return frame(FIN | RSV1 | BINARY, octets[:-4])


def long_hello():
    """All but the end of the longest hello that OpenSSL takes, in records."""
    length = 131396 - 100
    octets = b"\x01" + length.to_bytes(3, "big") + b"\x03\x03".ljust(length - 1, b"a")
    pieces = [octets[at : at + 16384] for at in range(0, len(octets), 16384)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece for piece in pieces)


def half_a_record(peer):
    peer.send(frame(BINARY, bytes(20000), length=1 << 62))
    os.write(peer.socket.fileno(), b"\x17\x03\x03\x40\x00" + bytes(16000))  # below TLS
    return peer


def certificate(folder):
    """A file with a certificate for localhost and its key."""
    key, file, both = (os.path.join(folder, name) for name in ("key", "certificate", "both"))
    words = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=localhost"
    )
    try:
        subprocess.run(
            [
                "openssl",
                *words.split(),
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                key,
                "-out",
                file,
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise AssertionError("openssl is missing: apt-get install openssl") from None
    with open(both, "w") as target:
        target.write(Path(file).read_text() + Path(key).read_text())
    return both


if __name__ == "__main__":
    unittest.main()
