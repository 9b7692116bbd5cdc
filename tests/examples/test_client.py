"""The echo client with servers that are not the echo server."""

import re
import socket
import threading
import unittest

from peer import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, Peer, accept_for, close_payload
from programs import PATIENCE, run_client


class Script:
    """A server that serves one connection by a function."""

    def __init__(self, serve, head=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        # Whoever never comes is not waited for.
        self.listener.settimeout(PATIENCE)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/path?q"
        self.serve, self.head, self.error, self.request = serve, head, None, None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with Peer(self.listener.accept()[0]) as peer:
                self.request = peer.read_head()
                key = re.search(r"Sec-WebSocket-Key: (\S+)", self.request).group(1)
                if self.head is None:
                    peer.send(good_head(key))
                else:
                    peer.send(self.head)
                self.serve(peer)
        except Exception as error:  # shown where the test looks
            self.error = error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join()
        if self.error is not None:
            raise self.error


def good_head(key):
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_for(key.encode())}\r\n\r\n"
    ).encode()


def send(peer, first, payload=b""):
    peer.send_frame(first, payload, mask=False)


def close(peer, status=1000, reason=""):
    """The server's close first; then the client's, which must be the same."""
    send(peer, FIN | CLOSE, close_payload(status, reason))
    first, payload = peer.read_frame()
    assert (first, payload) == (FIN | CLOSE, close_payload(status, reason)), (first, payload)


class Client(unittest.TestCase):
    def run_with(self, serve, *words, want=0, head=None):
        with Script(serve, head) as script:
            code, output = run_client(*words, script.url)
        self.assertEqual(code, want, output)
        self.head = script.request
        return output

    def test_the_request(self):
        self.run_with(close, "--receive", "all")
        lines = self.head.split("\r\n")
        self.assertEqual(lines[0], "GET /path?q HTTP/1.1")
        self.assertRegex(lines[1], r"^Host: 127\.0\.0\.1:\d+$")
        self.assertIn("Sec-WebSocket-Version: 13", lines)

    def test_a_server_that_pushes_and_pings(self):
        def serve(peer):
            send(peer, FIN | TEXT, "Grüße".encode())
            send(peer, FIN | PING, b"there?")
            assert peer.read_frame() == (FIN | PONG, b"there?")
            send(peer, TEXT, b"in ")
            send(peer, FIN | PING, b"")
            assert peer.read_frame() == (FIN | PONG, b"")
            send(peer, FIN | CONTINUATION, b"pieces")
            send(peer, FIN | BINARY, b"123456789")
            send(peer, FIN | PONG, b"not asked for")
            close(peer, 4000, "that was all ☺")

        output = self.run_with(serve, "--receive", "all")
        self.assertIn("< text: Grüße\n", output)
        self.assertIn("in pieces\n", output)
        self.assertIn("< binary, 9 octets, crc32 cbf43926\n", output)
        self.assertIn("< pong\n", output)
        self.assertIn('< close: 4000 "that was all ☺"\n> close: 4000 "that was all ☺"\n', output)

    def test_a_push_right_behind_the_answer(self):
        def serve(peer):
            first, payload = peer.read_frame()
            assert (first, payload) == (FIN | CLOSE, close_payload(1000)), (first, payload)
            send(peer, FIN | CLOSE, payload)

        class Pushing(Script):
            def _run(self):
                with Peer(self.listener.accept()[0]) as peer:
                    key = re.search(r"Sec-WebSocket-Key: (\S+)", peer.read_head()).group(1)
                    peer.send(good_head(key) + bytes([FIN | TEXT, 5]) + b"early")
                    serve(peer)

        with Pushing(serve) as script:
            code, output = run_client("--receive", "1", script.url)
        self.assertEqual(code, 0, output)
        self.assertIn("< text: early\n", output)

    def test_fewer_messages_than_wanted(self):
        self.run_with(close, "--receive", "1", want=4)

    def test_echoes_that_are_wrong(self):
        rows = [
            (FIN | TEXT, b"hellO"),
            (FIN | TEXT, b"hell"),
            (FIN | TEXT, b"hello!"),
            (FIN | TEXT, b""),
            (FIN | BINARY, b"hello"),
        ]
        for first, payload in rows:

            def serve(peer):
                assert peer.read_frame() == (FIN | TEXT, b"hello")
                send(peer, first, payload)
                assert peer.read_frame() == (FIN | CLOSE, close_payload(1000))
                send(peer, FIN | CLOSE, close_payload(1000))

            output = self.run_with(serve, "--text", "hello", "--expect-echo", want=4)
            self.assertIn("NOT as sent", output)

    def test_fragments_on_the_wire(self):
        def serve(peer):
            assert peer.read_frame() == (TEXT, b"abc")
            assert peer.read_frame() == (CONTINUATION, b"def")
            assert peer.read_frame() == (FIN | CONTINUATION, b"g")
            close(peer)

        self.run_with(serve, "--text", "abcdefg", "--fragment", "3", "--receive", "all")

    def test_servers_that_break_the_protocol(self):
        rows = [
            (b"\xc1\x00", 1002),
            (b"\x81\x81abcda", 1002),
            (b"\x80\x00", 1002),
            (b"\x88\x01a", 1002),
            (b"\x81\x01\xff", 1007),
            (b"\x88\x03\x03\xe8\xff", 1007),
        ]
        for octets, code in rows:

            def serve(peer):
                peer.send(octets)
                assert peer.read_frame() == (FIN | CLOSE, close_payload(code))
                assert peer.at_end()

            self.assertIn("= protocol error: E_INVALID", self.run_with(serve, "--receive", "1", want=5))

    def test_servers_that_go_away(self):
        output = self.run_with(lambda peer: None, "--receive", "1", want=3)
        self.assertIn("= lost: the peer closed the connection\n", output)
        self.run_with(lambda peer: send(peer, TEXT, b"half"), "--receive", "1", want=3)

    def test_a_server_that_stands_still(self):
        done = threading.Event()
        with Script(lambda peer: done.wait()) as script:
            code, output = run_client("--text", "a", "--timeout", "1", script.url)
            done.set()
        self.assertEqual(code, 3, output)
        self.assertIn("= lost: nothing has moved for too long\n", output)

    def test_answers_that_are_no_handshake(self):
        rows = [
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"a" * 20000,
            b"HTTP/1.1 101 Switching Proto",
        ]
        for head in rows:
            output = self.run_with(lambda peer: None, "--text", "a", want=2, head=head)
            self.assertIn("= no connection: ", output)

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, output = run_client("--text", "a", f"ws://127.0.0.1:{port}")
        self.assertEqual(code, 2, output)
        self.assertIn("refused", output)

    def test_a_server_that_reads_all_before_it_answers(self):
        """And one that writes all before it reads: neither may hang."""
        length = 8 << 20
        octets = bytes(i % 251 for i in range(length))

        def reads_first(peer):
            assert peer.read_message() == (BINARY, octets)
            send(peer, FIN | BINARY, octets)
            assert peer.read_frame()[0] == FIN | CLOSE
            send(peer, FIN | CLOSE, close_payload(1000))

        def writes_first(peer):
            send(peer, FIN | BINARY, octets)
            assert peer.read_message() == (BINARY, octets)
            assert peer.read_frame()[0] == FIN | CLOSE
            send(peer, FIN | CLOSE, close_payload(1000))

        for serve in (reads_first, writes_first):
            self.run_with(serve, "--binary-size", str(length), "--expect-echo")


if __name__ == "__main__":
    unittest.main()
