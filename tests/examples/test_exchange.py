"""The echo client and the echo server with each other."""

import re
import tempfile
import unittest

from programs import WINDOWS, Server, posix_only, run_client

# A read or a write takes Wine many times as long.
LARGE, LARGEST = (1 << 17, 4 << 20) if WINDOWS else (1 << 20, 20 << 20)
# Around the places where the length in a frame takes another form.
LENGTHS = [0, 1, 125, 126, 65535, 65536, LARGE]
SIZES = [(256, 16), (4096, 4096), (65536, 16), (1000, 70000)]


def sizes(receive, send):
    return ["--receive-buffer", str(receive), "--send-buffer", str(send)]


class Exchange(unittest.TestCase):
    def check(self, code, output, want=0):
        self.assertEqual(code, want, output)
        return output

    def test_all_lengths_with_all_buffers(self):
        messages = [word for length in LENGTHS for word in ("--binary-size", str(length))]
        for server_sizes in SIZES:
            with Server(*sizes(*server_sizes)) as server:
                for client_sizes in [server_sizes] if WINDOWS else SIZES:
                    code, output = run_client(
                        *sizes(*client_sizes), "--text", "Grüße ☺", *messages, "--expect-echo", server.url
                    )
                    self.check(code, output)
                    self.assertEqual(output.count(", as sent"), len(LENGTHS) + 1)
                for length in LENGTHS:
                    server.wait_for(f"binary message, {length} octets")

    def test_large_messages(self):
        for server_sizes, fragment in (((256, 16), []), ((65536, 16), ["--fragment", "100000"])):
            with Server(*sizes(*server_sizes)) as server:
                before = server.peak_memory()
                self.check(
                    *run_client("--binary-size", str(LARGEST), *fragment, "--expect-echo", server.url)
                )
                server.wait_for(f"binary message, {LARGEST} octets")
                self.assertLess(server.peak_memory() - before, 1 << 20)

    def test_fragments(self):
        with Server() as server:
            for fragment in (1, 125, 4096, 5000):
                words = ["--fragment", str(fragment), "--text", "Grüße ☺" * 50, "--binary-size", "9000"]
                self.check(*run_client(*words, "--text", "", "--expect-echo", server.url))

    def test_a_file_and_standard_input(self):
        octets = bytes(range(256)) * 700
        with Server() as server, tempfile.NamedTemporaryFile(suffix=" grüße ☺") as file:
            file.write(octets)
            file.flush()
            output = self.check(*run_client("--file", file.name, "--expect-echo", server.url))
            self.assertIn("binary, 179200 octets, as sent", output)
            output = self.check(*run_client(server.url, input="one\n\nlast ☺".encode()))
            self.assertEqual(re.findall("< text: (.*)", output), ["one", "", "last ☺"])
            output = self.check(*run_client(server.url, input=b"one\r\n\r\nt\rwo"))
            lines = ["one", "", "t\rwo"] if WINDOWS else ["one\r", "\r", "t\rwo"]
            self.assertEqual(re.findall("< text: (.*)", output), lines)
            many = "".join(f"line {i}\n" for i in range(5000)).encode()
            output = self.check(*run_client("--expect-echo", server.url, input=many))
            self.assertEqual(output.count(", as sent"), 5000)

    def test_a_binary_message_is_summed_up(self):
        with Server() as server:
            output = self.check(*run_client("--binary-size", str(1 << 20), server.url))
            self.assertIn("< binary, 1048576 octets, crc32 ef0e6054\n", output)

    def test_ping_and_pong(self):
        with Server() as server:
            output = self.check(*run_client("--ping", server.url))
            self.assertIn("> ping\n< pong\n", output)

    def test_closes_on_both_sides(self):
        rows = [
            ("1000", '1000 ""'),
            ("4321:so be it ☺", '4321 "so be it ☺"'),
            ("none", "without a status"),
            ("3000:" + "x" * 123, '3000 "' + "x" * 123 + '"'),
        ]
        with Server() as server:
            for close, words in rows:
                output = self.check(*run_client("--text", "a", "--close", close, server.url))
                self.assertIn(f"> close: {words}\n< close: {words}\n= closed\n", output)
                server.wait_for("close received: " + re.escape(words))
                server.wait_for("close sent: " + re.escape(words))

    def test_the_server_closes_first(self):
        with Server("--close-after", "2") as server:
            output = self.check(
                *run_client("--text", "a", "--text", "b", "--receive", "all", server.url)
            )
            self.assertIn('< close: 1000 "enough"\n> close: 1000 "enough"\n= closed\n', output)
            words = ["--text", "a", "--text", "b", "--text", "c", "--binary-size", "100000"]
            self.check(*run_client(*words, "--expect-echo", server.url), want=4)

    def test_subprotocols(self):
        with Server("--subprotocol", "chat") as server:
            words = ["--subprotocol", "other", "--subprotocol", "chat", "--text", "a", server.url]
            self.assertIn("= subprotocol: chat\n", self.check(*run_client(*words)))
            server.wait_for("subprotocol: chat")
            self.check(*run_client("--text", "a", server.url))
            output = self.check(*run_client("--subprotocol", "other", server.url), want=2)
            self.assertIn("E_SUBPROTOCOL_NOT_SUPPORTED", output)

    def test_once(self):
        server = Server("--once")
        self.check(*run_client("--text", "a", "--expect-echo", server.url))
        self.assertEqual(server.wait(), 0)
        self.assertIn("text message, 1 octets", server.rest())

    @posix_only
    def test_the_variant_with_poll(self):
        with Server("--receive-buffer", "256", program="echo_server_poll") as server:
            words = ["--text", "a", "--binary-size", str(1 << 20), "--fragment", "1000"]
            self.check(*run_client(*words, "--expect-echo", server.url))

    def test_bad_command_lines(self):
        for words in (
            [],
            ["http://127.0.0.1/"],
            ["wss://"],
            ["wss://127.0.0.1:0/"],
            ["--tls", "/nonexistent", "ws://127.0.0.1/"],
            ["ws://"],
            ["ws://:1/"],
            ["ws://127.0.0.1:0/"],
            ["ws://127.0.0.1:65536/"],
            ["ws://127.0.0.1/a b"],
            ["ws://127.0.0.1/a\r\nb"],
            ["ws://[::1/"],
            ["ws://user@127.0.0.1/"],
            ["--close", "x", "ws://127.0.0.1/"],
            ["--close", "1000:" + "x" * 124, "ws://127.0.0.1/"],
            ["--binary-size", "-1", "ws://127.0.0.1/"],
            ["--file", "/nonexistent", "ws://127.0.0.1/"],
            ["--send-buffer", "15", "ws://127.0.0.1/"],
            ["--nonsense", "ws://127.0.0.1/"],
            ["ws://127.0.0.1/", "ws://127.0.0.1/"],
        ):
            self.check(*run_client(*words), want=1)
        for words in (["--receive-buffer", "255"], ["--port", "65536"], ["--nonsense"], ["more"]):
            server = None
            with self.assertRaises(AssertionError, msg=words):
                server = Server(*words)
            self.assertIsNone(server)

    def test_help(self):
        self.assertIn("--expect-echo", self.check(*run_client("--help")))


if __name__ == "__main__":
    unittest.main()
