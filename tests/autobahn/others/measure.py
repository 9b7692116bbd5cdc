"""Runs Autobahn|Testsuite against a program that echoes.

measure.py REPORTS ROLE CASES NAME PROGRAM
REPORTS: where the suite writes what it saw; ROLE: server or client, of the program; CASES: such as *
or 1.*,7.1.6; NAME: what the suite is to call it
The program takes `server` and then prints `listening on ws://HOST:PORT`, or `client URL` and then
runs the cases of the server that is there.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parents[2] / "build" / "autobahn" / "python"
SUITE = HERE.parent / "suite.py"
LISTENING = b"listening on "

# Seconds. The second is for all cases: some let a program that answers nothing wait for minutes.
TIME_TO_START = 60
TIME_FOR_CASES = 3600


class Failed(Exception):
    """One line for the user."""


class Server:
    """A program in the background that has said where it listens."""

    def __init__(self, log: Path, *command: str | Path) -> None:
        self.log = log
        self.output = log.open("wb")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.output
        )
        try:
            self.url = self.read_url()
        except BaseException:
            self.stop()
            raise

    def read_url(self) -> str:
        deadline = time.monotonic() + TIME_TO_START
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(deadline - time.monotonic()):
                    raise Failed(f"nothing listens after {TIME_TO_START} s; see {self.log}")
                octet = os.read(self.process.stdout.fileno(), 1)
                if not octet:
                    raise Failed(f"it ended before it listened; {self.log} says why")
                if octet != b"\n":
                    line += octet
                elif line.startswith(LISTENING):
                    return line[len(LISTENING) :].decode()
                else:
                    line = b""

    def check_alive(self) -> None:
        if self.process.poll() is not None:
            raise Failed(f"exit code {self.process.returncode}; {self.log} says why")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.output.close()


def run(log: Path, *command: str | Path) -> None:
    """A program that ends by itself."""
    with log.open("wb") as output:
        try:
            subprocess.run(
                command,
                stdout=output,
                stderr=output,
                timeout=TIME_FOR_CASES,
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"not over after {TIME_FOR_CASES} s; see {log}") from error
        except subprocess.CalledProcessError as error:
            raise Failed(f"exit code {error.returncode}; {log} says why") from error


def specify(reports: Path, cases: str, **more: object) -> Path:
    """What the suite is to do, in a file."""
    file = reports / "specification.json"
    specification = {
        "outdir": str(reports),
        "cases": cases.split(","),
        "exclude-cases": [],
        "exclude-agent-cases": {},
        **more,
    }
    file.write_text(json.dumps(specification))
    return file


def measure_server(reports: Path, cases: str, name: str, program: str) -> None:
    server = Server(reports / f"{name}.log", program, "server")
    try:
        servers = [{"agent": name, "url": server.url}]
        file = specify(reports, cases, servers=servers)
        run(reports / "suite.log", PYTHON, SUITE, "fuzzingclient", file)
        server.check_alive()
    finally:
        server.stop()


def measure_client(reports: Path, cases: str, name: str, program: str) -> None:
    file = specify(reports, cases, url="ws://127.0.0.1:9001")
    server = Server(reports / "suite.log", PYTHON, SUITE, "fuzzingserver", file)
    try:
        run(reports / f"{name}.log", program, "client", server.url)
    finally:
        server.stop()


def main(reports: str, role: str, cases: str, name: str, program: str) -> int:
    folder = Path(reports).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    measures = {"server": measure_server, "client": measure_client}
    begin = time.monotonic()
    try:
        measures[role](folder, cases, name, program)
    except (Failed, OSError) as failure:
        print(f"measure: {name} as {role}: {failure}", file=sys.stderr)
        return 1
    print(f"{name} as {role}: {time.monotonic() - begin:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[2] not in ("server", "client"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
