"""What the echo server says to requests, good and bad."""

import unittest

from peer import FIN, TEXT, Peer, frame, request
from programs import Server


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--keep-alive", "0")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def tearDown(self):
        """Whatever came, others are served."""
        with Peer.open(self.server.port) as peer:
            peer.send_frame(FIN | TEXT, b"still there")
            self.assertEqual(peer.read_message(), (TEXT, b"still there"))

    def ask(self, octets):
        """The head and the body of the answer; the server closes behind it."""
        with Peer.connect(self.server.port) as peer:
            peer.send(octets)
            head = peer.read_head()
            return head, peer.read_to_end()

    def refused(self, octets, status):
        head, body = self.ask(octets)
        self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), head)
        self.assertIn(f"Content-Length: {len(body)}\r\n", head)
        self.assertTrue(body.startswith(str(status).encode()), body)
        self.server.wait_for(f"refused: {status} ")
        return head

    def test_the_page(self):
        for target in ("/", "/?check"):
            head, body = self.ask(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
            self.assertIn("Content-Type: text/html; charset=utf-8\r\n", head)
            self.assertIn(f"Content-Length: {len(body)}\r\n", head)
            self.assertTrue(body.startswith(b"<!doctype html>"))
            self.assertTrue(body.rstrip().endswith(b"</html>"))

    def test_other_paths_and_methods(self):
        self.refused(b"GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n", 404)
        for method in (b"POST", b"HEAD", b"OPTIONS", b"get"):
            head = self.refused(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n", 405)
            self.assertIn("Allow: GET\r\n", head)
        self.refused(request().replace(b"GET", b"POST"), 405)

    def test_another_upgrade_is_no_upgrade(self):
        head, _ = self.ask(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n")
        self.assertTrue(head.startswith("HTTP/1.1 200 "), head)

    def test_other_versions(self):
        for version in (b"8", b"0", b"255"):
            octets = request().replace(b"Version: 13", b"Version: " + version)
            self.assertIn("Sec-WebSocket-Version: 13\r\n", self.refused(octets, 426))

    def test_bad_handshakes(self):
        good = request()
        for line in (b"Sec-WebSocket-Version: 13", b"Host: localhost", b"Connection: Upgrade"):
            self.refused(good.replace(line, b"X: y"), 400)
        self.refused(good.replace(b"AAAA==", b"AAAA"), 400)
        self.refused(good.replace(b"Host:", b"Host: b\r\nHost:"), 400)
        self.refused(good.replace(b"HTTP/1.1", b"HTTP/1.0"), 400)

    def test_garbage(self):
        self.refused(b"\0\1\2\3\r\n\r\n", 400)
        self.refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400)  # TLS
        self.refused(b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)
        self.refused(b"GET / HTTP/9.9\r\n\r\n", 400)

    def test_heads_that_are_too_large(self):
        start = b"GET / HTTP/1.1\r\n"
        self.refused(start + b"X: " + b"a" * 20000 + b"\r\n\r\n", 431)
        self.refused(b"GET /" + b"a" * (16384 - 5), 431)
        self.refused(start + b"X: y\r\n" * 101 + b"\r\n", 431)
        head, _ = self.ask(start + b"X: y\r\n" * 100 + b"\r\n")
        self.assertTrue(head.startswith("HTTP/1.1 200 "), head)
        largest = start + b"X: " + b"a" * (16384 - len(start) - 7) + b"\r\n\r\n"
        self.assertEqual(len(largest), 16384)
        head, _ = self.ask(largest)
        self.assertTrue(head.startswith("HTTP/1.1 200 "), head)

    def test_half_a_request(self):
        with Peer.connect(self.server.port) as peer:
            peer.send(request()[:40])
        self.server.wait_for("lost: the peer closed within its request")
        with Peer.connect(self.server.port):
            pass
        self.server.wait_for("lost: the peer closed without a request")

    def test_no_request_at_all(self):
        with Peer.connect(self.server.port) as peer:
            peer.send(request()[:40])
            self.assertTrue(peer.read_head().startswith("HTTP/1.1 408 "))
        self.server.wait_for("refused: 408 ")

    def test_octet_by_octet(self):
        with Peer.connect(self.server.port) as peer:
            for octet in request("/slow?a=b") + frame(FIN | TEXT, b"hello"):
                peer.send(bytes([octet]))
            self.assertTrue(peer.read_head().startswith("HTTP/1.1 101 "))
            self.assertEqual(peer.read_message(), (TEXT, b"hello"))
        self.server.wait_for('open: "/slow\\?a=b"')

    def test_frames_right_behind_the_request(self):
        messages = [b"a" * length for length in (5, 0, 5000, 1000)]
        with Peer.connect(self.server.port) as peer:
            peer.send(request() + b"".join(frame(FIN | TEXT, message) for message in messages))
            self.assertTrue(peer.read_head().startswith("HTTP/1.1 101 "))
            for message in messages:
                self.assertEqual(peer.read_message(), (TEXT, message))


if __name__ == "__main__":
    unittest.main()
