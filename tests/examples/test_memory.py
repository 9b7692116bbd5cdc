"""Both programs under valgrind: no access that is wrong, nothing left behind."""

import unittest

from peer import FIN, TEXT, Peer, frame, request
from programs import SERVERS, Server, run_client

VALGRIND = (
    "valgrind",
    "--quiet",
    "--error-exitcode=99",
    "--leak-check=full",
    "--show-leak-kinds=all",
    "--errors-for-leak-kinds=all",
    "--track-fds=yes",
)


class Memory(unittest.TestCase):
    def test_a_good_exchange(self):
        with Server("--receive-buffer", "300", prefix=VALGRIND) as server:
            words = ["--ping", "--text", "a", "--text", "", "--binary-size", "70000"]
            for more in (["--fragment", "1000"], ["--close", "none"], ["--close", "3000:bye"]):
                code, output = run_client(*words, *more, "--expect-echo", server.url, prefix=VALGRIND)
                self.assertEqual(code, 0, output)
            code, output = run_client(server.url, prefix=VALGRIND, input=b"one\ntwo")
            self.assertEqual(code, 0, output)
            self.assertNotIn("==", server.stop())

    def test_the_client_without_a_server(self):
        with Server() as server:
            code, output = run_client("--subprotocol", "a", server.url, prefix=VALGRIND)
            self.assertEqual(code, 2, output)
        code, output = run_client("--text", "a", server.url, prefix=VALGRIND)
        self.assertEqual(code, 2, output)
        code, output = run_client("--text", "a", "--nonsense", server.url, prefix=VALGRIND)
        self.assertEqual(code, 1, output)

    def test_bad_peers(self):
        whole = request() + frame(FIN | TEXT, b"hello") + frame(TEXT, b"\xff")
        for program in SERVERS:
            with Server(program=program, prefix=VALGRIND) as server:
                for octets in (b"", b"garbage\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n", whole[:99], whole):
                    with Peer.connect(server.port) as peer:
                        peer.send(octets)
                        if octets.endswith(b"\n") or octets == whole:
                            peer.read_to_end()
                    server.wait_for(" ended")
                with Peer.connect(server.port) as peer:
                    peer.send(request()[:-2] + b"a" * 20000)
                    peer.read_to_end()
                # Stopped with connections in every state.
                with Peer.connect(server.port), Peer.open(server.port) as peer:
                    peer.send_frame(TEXT, b"half")
                    peer.read_frame()
                    server.ask_to_stop()
                    peer.read_frame()
                    server.ask_to_stop()
                    self.assertEqual(server.wait(), 0, server.rest())
                self.assertNotIn("==", server.rest())


if __name__ == "__main__":
    unittest.main()
