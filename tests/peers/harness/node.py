"""Node programs that take commands and tell events, each a line of JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

from .program import Program

SCRIPTS = Path(__file__).parent.parent / "js"
Event = dict[str, Any]


class NodeProgram(Program):
    """A script of the folder js."""

    def __init__(self, script: str, *arguments: str) -> None:
        node = shutil.which("node")
        assert node is not None, "there is no node; install it with: scripts/setup test"
        super().__init__([node, SCRIPTS / script, *arguments], accepts_input=True)
        self._taken = 0

    def tell(self, do: str, **fields: Any) -> None:
        """Gives a command."""
        self.write_line(json.dumps({"do": do, **fields}))

    def next_event(self) -> Event:
        """The next line of output; one that is no JSON is an error of the script."""

        def found() -> str | None:
            return self.lines[self._taken] if len(self.lines) > self._taken else None

        line = self.wait_until(found, "a further event")
        self._taken += 1
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            raise AssertionError(f"not an event: {line}\n{self.report()}") from None
        assert isinstance(event, dict)
        return event

    def expect(self, event: str, **fields: Any) -> Event:
        """Demands that the next event is this one, with these fields."""
        got = self.next_event()
        wanted = {"event": event, **fields}
        assert got == {**got, **wanted}, f"{got} instead of {wanted}\n{self.report()}"
        return got


class WsPeer(NodeProgram):
    """The library ws as client (url given) or as server (none given)."""

    def __init__(self, url: str | None = None, **options: Any) -> None:
        role = ["client", url] if url is not None else ["server"]
        super().__init__("ws_peer.mjs", *role, json.dumps(options))

    @cached_property
    def port(self) -> int:
        return int(self.expect("listening")["port"])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/node"

    def send(self, data: str | bytes, **fields: Any) -> None:
        self.tell("send", **encoded(data), **fields)

    def expect_message(self, data: str | bytes) -> None:
        self.expect("message", **described(data))


def encoded(data: str | bytes) -> dict[str, Any]:
    """Text or octets as the scripts take them."""
    if isinstance(data, str):
        return {"text": data}
    return {"base64": base64.b64encode(data).decode()}


def described(data: str | bytes) -> dict[str, Any]:
    """Text or octets as the scripts describe them."""
    octets = data.encode() if isinstance(data, str) else data
    return {
        "binary": isinstance(data, bytes),
        "length": len(octets),
        "sha256": hashlib.sha256(octets).hexdigest(),
    }
