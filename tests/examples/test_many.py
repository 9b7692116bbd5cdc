"""Many connections at once, with epoll and with poll."""

import itertools
import signal
import unittest

from peer import BINARY, CLOSE, FIN, TEXT, Peer, close_payload, frame
from programs import SERVERS, Server, posix_only, run_client

CONNECTIONS = 200


class Many(unittest.TestCase):
    def test_many_connections_at_once(self):
        for program in SERVERS:
            with self.subTest(program), Server("--quiet", program=program) as server:
                peers = [Peer.open(server.port, f"/{i}") for i in range(CONNECTIONS)]
                for turn in range(5):
                    for i, peer in enumerate(peers):
                        peer.send_frame(FIN | BINARY, f"{turn} of {i}".encode() * (i + 1))
                    for i, peer in reversed(list(enumerate(peers))):
                        want = f"{turn} of {i}".encode() * (i + 1)
                        self.assertEqual(peer.read_message(), (BINARY, want))
                for i, peer in enumerate(peers):
                    close = close_payload(3000 + i, f"bye {i}")
                    peer.send_frame(FIN | CLOSE, close)
                    self.assertEqual(peer.read_frame(), (FIN | CLOSE, close))
                    self.assertTrue(peer.at_end())
                    peer.shut()
                log = server.stop()
                self.assertEqual(log.count("close received: "), CONNECTIONS)
                self.assertEqual(log.count(" ended"), CONNECTIONS)
                self.assertNotIn(" lost", log)

    @posix_only
    def test_descriptors_that_run_out(self):
        for program in SERVERS:
            with self.subTest(program), Server(program=program, limit=24) as server:
                peers = [Peer.connect(server.port) for _ in range(40)]
                server.wait_for("cannot accept for a moment")
                first = peers[0]
                first.shut()
                for peer in peers[1:]:
                    peer.shut()
                for i in range(40):  # whoever was waiting is seen now
                    server.wait_for(" ended")
                with Peer.open(server.port) as peer:
                    peer.send_frame(FIN | TEXT, b"hello")
                    self.assertEqual(peer.read_message(), (TEXT, b"hello"))

    @posix_only
    def test_turns(self):
        """Two peers, each with more in its socket than can be done in a turn, have theirs by turns."""
        count = 5000
        for program in SERVERS:
            with self.subTest(program), Server(program=program) as server:
                peers = [Peer.open(server.port), Peer.open(server.port)]
                server.process.send_signal(signal.SIGSTOP)
                for peer in peers:
                    peer.send(frame(FIN | TEXT, b"a") * count)
                server.process.send_signal(signal.SIGCONT)
                who = []
                while who.count("1") < count and who.count("2") < count:
                    who.append(server.wait_for(r"^#(\d+) text message").group(1))
                runs = [len(list(run)) for _, run in itertools.groupby(who)]
                self.assertLessEqual(max(runs), 256)
                for peer in peers:
                    self.assertEqual(
                        peer.read_exactly(3 * count), frame(FIN | TEXT, b"a", mask=False) * count
                    )
                    peer.shut()

    def test_clients_at_once(self):
        with Server("--quiet") as server:
            from concurrent.futures import ThreadPoolExecutor

            words = ["--binary-size", "300000", "--text", "a", "--expect-echo", server.url]
            with ThreadPoolExecutor(20) as pool:
                for code, output in pool.map(lambda _: run_client(*words), range(40)):
                    self.assertEqual(code, 0, output)


if __name__ == "__main__":
    unittest.main()
