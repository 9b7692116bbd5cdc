"""The echo client with a server that tests clients: its cases one after the other."""

import re
import unittest

from peer import BINARY, CLOSE, CONTINUATION, FIN, TEXT, Peer, close_payload
from programs import run_client
from test_client import Script, close, good_head, send


class CaseServer(Script):
    """Serves one connection after the other, each by a function of its own."""

    def __init__(self, *serves):
        self.paths = []
        super().__init__(serves)

    def _run(self):
        try:
            for serve in self.serve:
                with Peer(self.listener.accept()[0]) as peer:
                    if serve is self.serve[-1]:
                        self.listener.close()  # whoever comes now is refused
                    head = peer.read_head()
                    self.paths.append(head.split(" ")[1])
                    peer.send(good_head(re.search(r"Sec-WebSocket-Key: (\S+)", head).group(1)))
                    serve(peer)
        except Exception as error:  # shown where the test looks
            self.error = error


def tell_count(*pieces):
    def serve(peer):
        opcodes = [TEXT] + [CONTINUATION] * (len(pieces) - 1)
        opcodes[-1] |= FIN
        for opcode, piece in zip(opcodes, pieces):
            send(peer, opcode, piece)
        close(peer)

    return serve


def expect_echo(peer):
    send(peer, FIN | TEXT, "Grüße".encode())
    assert peer.read_message() == (TEXT, "Grüße".encode())
    send(peer, BINARY, b"in ")
    send(peer, FIN | CONTINUATION, b"pieces" * 1000)
    assert peer.read_message() == (BINARY, b"in " + b"pieces" * 1000)
    close(peer)


def expect_1002(peer):
    send(peer, FIN | TEXT, b"before")
    peer.send(b"\xc1\x00")
    assert peer.read_message() == (TEXT, b"before")
    first, payload = peer.read_frame()
    assert (first, payload[:2]) == (FIN | CLOSE, close_payload(1002)), (first, payload)


def vanish(peer):
    send(peer, TEXT, b"half a message")


def close_at_once(peer):
    send(peer, FIN | CLOSE, close_payload(1000))


class Cases(unittest.TestCase):
    def run_with(self, *serves, want=0, words=()):
        with CaseServer(*serves) as server:
            code, output = run_client("--cases", "me-1.0", *words, server.url)
        self.assertEqual(code, want, output)
        self.paths = server.paths
        return output

    def test_each_case_and_the_reports(self):
        for words in ((), ("--receive-buffer", "256")):
            output = self.run_with(
                tell_count(b"3"), expect_echo, expect_1002, vanish, close, words=words
            )
            self.assertEqual(
                self.paths,
                ["/getCaseCount"]
                + [f"/runCase?case={number}&agent=me-1.0" for number in (1, 2, 3)]
                + ["/updateReports?agent=me-1.0"],
            )
            self.assertIn("= 3 cases\n", output)
            self.assertIn("#2 close sent: 1002", output)
            self.assertIn("#3 lost: ", output)
            self.assertTrue(output.endswith("= reports updated\n"), output)

    def test_no_cases(self):
        self.run_with(tell_count(b"0"), close)
        self.assertEqual(self.paths, ["/getCaseCount", "/updateReports?agent=me-1.0"])

    def test_a_count_in_pieces(self):
        self.run_with(tell_count(b"0", b"0", b"1"), expect_echo, close)

    def test_counts_that_are_none(self):
        def say(text):
            return lambda peer: send(peer, FIN | TEXT, text)

        for serve in (say(b"many"), say(b""), say(b"-1"), say(b"1" * 20), close_at_once, vanish):
            output = self.run_with(serve, want=2)
            self.assertIn("= cases not run: the server does not say how many cases it has\n", output)

    def test_a_server_that_goes_away_between_cases(self):
        output = self.run_with(tell_count(b"2"), expect_echo, want=2)
        self.assertIn("= cases not run: ", output)

    def test_names_that_need_escapes(self):
        for name in ("", "a b", "a&b", "ä", "a" * 65):
            code, output = run_client("--cases", name, "ws://127.0.0.1:1/")
            self.assertEqual(code, 1, output)
            self.assertIn("cannot take", output)


if __name__ == "__main__":
    unittest.main()
