"""The options for TLS where it cannot be; tests/peers has the tests where it can."""

import os
import subprocess
import tempfile
import unittest

from programs import PATIENCE, command, run_client

# Whether the programs were built with OpenSSL.
TLS = os.environ["TLS"] == "1"
WITHOUT = "this program was built without OpenSSL, it has no TLS"


class Tls(unittest.TestCase):
    def expect(self, code, output, reason):
        """Exit code 1 and one line."""
        self.assertEqual(code, 1, output)
        lines = output.splitlines()
        self.assertEqual(len(lines), 1, output)
        self.assertIn(reason if TLS else WITHOUT, lines[0])

    def expect_of_server(self, file, reason):
        done = subprocess.run(
            [*command("echo_server"), "--port", "0", "--tls", file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
        )
        self.expect(done.returncode, done.stdout.decode(), reason)

    def test_file_that_is_not_there(self):
        self.expect_of_server("/nonexistent", "in /nonexistent: No such file or directory")
        words = ["--tls", "/nonexistent", "--text", "a", "wss://127.0.0.1/"]
        self.expect(*run_client(*words), "in /nonexistent: No such file or directory")

    def test_file_without_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "empty.pem")
            with open(file, "w"):
                pass
            self.expect_of_server(file, f"no certificate with its private key in {file}: ")
            words = ["--tls", file, "--text", "a", "wss://127.0.0.1/"]
            self.expect(*run_client(*words), f"no certificates to trust in {file}: ")

    def test_a_plain_address(self):
        code, output = run_client("--tls", "/nonexistent", "--text", "a", "ws://127.0.0.1/")
        self.assertEqual(code, 1, output)
        self.assertEqual(
            output.splitlines(), ["echo_client: ws://127.0.0.1/: --tls is for wss:// addresses"]
        )


if __name__ == "__main__":
    unittest.main()
