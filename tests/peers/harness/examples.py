"""The examples in C as programs under test."""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import Callable

from .program import Program

# What runs programs that were built for another machine.
EMULATOR = shlex.split(os.environ.get("EMULATOR", ""))


def command(folder: Path, name: str) -> list[str | Path]:
    windows = folder / f"{name}.exe"
    return [*EMULATOR, windows if windows.exists() else folder / name]


class EchoServer(Program):
    """The server, on a port that it chose itself."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        argv = [*command(folder, "echo_server"), "--port", "0", *arguments]
        super().__init__(argv, folder=folder)
        self._may_end = False
        self._s = "s" if "--tls" in arguments else ""

    def expect_exit(self) -> None:
        """Demands that the server ends, and well."""
        self._may_end = True
        code = self.wait_for_exit()
        assert code == 0, f"exit code {code}\n{self.report()}"

    def vanish(self) -> None:
        """Ends the server as a crash would."""
        self._may_end = True
        self.process.kill()

    def ended_by_itself(self) -> bool:
        return not self._may_end and not self.is_running()

    @cached_property
    def port(self) -> int:
        line = rf"^listening on http{self._s}://127\.0\.0\.1:(\d+)/$"
        return int(self.wait_for_line(line)[1])

    def wait_for_log(self, text: str) -> None:
        """Waits for a line of a connection with this text behind its number."""
        self.wait_for_line(f"^#\\d+ {re.escape(text)}$")

    def wait_for_close(self, code: int, reason: str) -> None:
        """Waits until the log tells of a CLOSE received and a CLOSE sent, both with this."""
        self.wait_for_log(f'close received: {code} "{reason}"')
        self.wait_for_log(f'close sent: {code} "{reason}"')

    @property
    def url(self) -> str:
        return f"ws{self._s}://127.0.0.1:{self.port}/echo"

    @property
    def page(self) -> str:
        return f"http{self._s}://127.0.0.1:{self.port}/"


StartServer = Callable[..., EchoServer]


class EchoClient(Program):
    """The client; its exit code says how it went."""

    BAD_COMMAND, NO_CONNECTION, LOST, NOT_ALL, BROKEN = 1, 2, 3, 4, 5

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__([*command(folder, "echo_client"), *arguments], folder=folder)

    def expect_exit(self, code: int = 0) -> None:
        got = self.wait_for_exit()
        assert got == code, f"exit code {got} instead of {code}\n{self.report()}"

    def expect_line(self, line: str) -> None:
        """Demands one such line in all that was printed; after the exit."""
        assert self.lines.count(line) == 1, f"not one line {line!r}\n{self.report()}"


class Bench:
    """Starts programs for one test, and ends them with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs: list[Program] = []
        self._servers: list[EchoServer] = []

    def add(self, program: Program) -> None:
        self._programs.append(program)

    def echo_server(self, *arguments: str) -> EchoServer:
        server = EchoServer(self._folder, *arguments)
        self.add(server)
        self._servers.append(server)
        return server

    def echo_client(self, *arguments: str) -> EchoClient:
        client = EchoClient(self._folder, *arguments)
        self.add(client)
        return client

    def end(self) -> None:
        """Ends all; demands that each server lived until now."""
        dead = [server for server in self._servers if server.ended_by_itself()]
        for program in reversed(self._programs):
            program.kill()
            print(program.report())
        assert not dead, "the server ended by itself\n" + dead[0].report()
