"""The examples in C as programs under test."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from .node import WsPeer
from .program import Program


def close_text(code: int, reason: str) -> str:
    """How both examples write a close, as a regular expression."""
    return re.escape(f'{code} "{reason}"')


class EchoServer(Program):
    """The server, on a port that it chose itself."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__([folder / "echo_server", "--port", "0", *arguments])

    @cached_property
    def port(self) -> int:
        return int(self.wait_for_line(r"ws://127\.0\.0\.1:(\d+)")[1])

    def wait_for_closed(self, code: int, reason: str) -> None:
        """Waits until the log tells of a peer's CLOSE with this code and reason."""
        self.wait_for_line(f"close received: {close_text(code, reason)}$")

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/echo"

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


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

    def echo_client(self, *arguments: str) -> Program:
        client = Program([self._folder / "echo_client", *arguments])
        self.add(client)
        return client

    def ws(self, url: str | None = None, **options: object) -> WsPeer:
        peer = WsPeer(url, **options)
        self.add(peer)
        return peer

    def end(self) -> None:
        """Ends all; demands that each server lived until now."""
        dead = [server for server in self._servers if not server.is_running()]
        for program in reversed(self._programs):
            program.kill()
            print(program.report())
        assert not dead, "the server ended by itself\n" + dead[0].report()
