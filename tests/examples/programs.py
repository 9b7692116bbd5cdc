"""Starts the example programs and looks at what they print."""

import os
import queue
import re
import shlex
import signal
import subprocess
import threading
import unittest

DIRECTORY = os.environ["EXAMPLES"]
# What runs programs that were built for another machine, with its options.
EMULATOR = shlex.split(os.environ.get("EMULATOR", ""))
# Programs for Windows run under Wine, which makes Ctrl+C of a SIGINT, and ends a program at a SIGTERM.
WINDOWS = os.path.exists(os.path.join(DIRECTORY, "echo_server.exe"))
STOP = signal.SIGINT if WINDOWS else signal.SIGTERM
# With epoll and with poll; for Windows there is one.
SERVERS = ("echo_server",) if WINDOWS else ("echo_server", "echo_server_poll")
# The tests that are not for programs for Windows, and why; test_memory.py is not, for want of a valgrind.
# Of these programs no test covers input from a console, Ctrl+Break and a console that is closed.
POSIX_ONLY = {
    "test_the_variant_with_poll": "for Windows there is one server",
    "test_descriptors_that_run_out": "Windows has no limit on sockets that could be set for a program",
    "test_ten_thousand_connections": "each turn of select costs as much as there are sockets, many times so in Wine",
    "test_memory": "what a process under Wine has in memory is for the most part Wine's",
    "test_a_slow_reader_is_no_attack": "Windows tells of room in a socket in another way",
    "test_turns": "a program cannot be stopped for a while in Wine without its server",
    "test_memory_of_tls": "for Windows the programs have no TLS",
}
# Long enough for valgrind on a busy machine; nothing waits for it to pass.
PATIENCE = 120


def posix_only(test):
    return unittest.skipIf(WINDOWS, POSIX_ONLY[test.__name__])(test)


def command(program):
    return [*EMULATOR, os.path.join(DIRECTORY, program + (".exe" if WINDOWS else ""))]


class Server:
    """A running echo_server; ends with the `with` block, which checks its exit code."""

    def __init__(self, *options, program="echo_server", prefix=(), limit=None, expect_exit=0):
        self.expect_exit = expect_exit
        words = [*prefix, *command(program), "--port", "0", *options]
        if limit is not None:
            words = ["bash", "-c", f'ulimit -n {limit}; exec "$@"', "bash", *words]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        self.lines = []
        self.new_lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        first = self.wait_for(r"listening on https?://\S+:(\d+)/")
        self.port = int(first.group(1))
        self.url = f"ws://127.0.0.1:{self.port}/"

    def _read(self):
        with self.process.stdout as stdout:
            for line in stdout:
                self.new_lines.put(line.decode("utf-8", "replace").rstrip("\n"))
        self.new_lines.put(None)

    def wait_for(self, pattern):
        """The next line, not looked at yet, that has the pattern."""
        while True:
            line = self.new_lines.get(timeout=PATIENCE)
            if line is None:
                self.wait()
                log = "\n".join(self.lines)
                raise AssertionError(f"the server ended before it said {pattern!r}:\n{log}")
            self.lines.append(line)
            match = re.search(pattern, line)
            if match:
                return match

    def rest(self):
        """All that the server has said, once it has ended."""
        self.reader.join(PATIENCE)
        while True:
            line = self.new_lines.get(timeout=PATIENCE)
            if line is None:
                self.new_lines.put(None)
                return "\n".join(self.lines)
            self.lines.append(line)

    def wait(self):
        return self.process.wait(PATIENCE)

    def ask_to_stop(self):
        self.process.send_signal(STOP)

    def stop(self):
        if self.process.poll() is None:
            self.ask_to_stop()
        code = self.wait()
        log = self.rest()
        if code != self.expect_exit:
            raise AssertionError(f"the server ended with {code}:\n{log}")
        return log

    def peak_memory(self):
        """Octets of real memory that the process has had at its most."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
            return
        self.process.kill()
        self.wait()
        print("the server's log:\n" + self.rest()[-4000:])


def run_client(*arguments, prefix=(), input=None):
    """Runs echo_client to its end: its exit code and what it printed."""
    return run_program("echo_client", *arguments, prefix=prefix, input=input)


def run_program(program, *arguments, prefix=(), input=None):
    done = subprocess.run(
        [*prefix, *command(program), *arguments],
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")
