"""Other people's WebSocket libraries, all told what to do and asked what they saw in the same words.

Each is a program of its own in js, python, java or rust, but for Chromium, whose page is told.
README.md beside the folder has the words.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Callable

from .browser import Browser
from .node import SCRIPTS, node
from .scripted import Event, Scripted, Teller

HERE = Path(__file__).parent.parent


class PeerProgram(Scripted):
    """A peer that is a program."""

    def __init__(self, command: list[Any], url: str | None, options: Any) -> None:
        role = ["server"] if url is None else ["client", url]
        super().__init__(*command, *role, json.dumps(options))

    @cached_property
    def port(self) -> int:
        """Of a server."""
        return int(self.expect("listening")["port"])


class ChromiumPeer(Teller):
    """A page of Chromium, which the script chromium_peer.js has made a peer of.

    It is fetched from `page`: a page of no server is not given SHA-256.
    """

    def __init__(self, browser: Browser, page: str, url: str, options: Any) -> None:
        self._browser = browser
        self._tab = browser.open(page)
        self._tab.evaluate((SCRIPTS / "chromium_peer.js").read_text())
        self._tab.evaluate(f"peer.open({json.dumps([url, options])})")

    def tell(self, do: str, **fields: Any) -> None:
        if do == "terminate":
            self._tab.close()
        else:
            self._tab.evaluate(f"peer.{do}({json.dumps(fields)})")

    def next_event(self) -> Event:
        event = self._tab.evaluate("peer.next()")
        assert isinstance(event, dict)
        return event

    def report(self) -> str:
        return self._browser.report()


@dataclass(frozen=True)
class Kind:
    """What a library can do."""

    name: str
    command: Callable[[], list[Any]] | None = None  # None: Chromium
    serves: bool = False
    deflates: bool = False  # has permessage-deflate
    controls: bool = True  # sends fragments, pings and pongs as its user likes

    @property
    def always_offers(self) -> bool:
        """Whether a client offers permessage-deflate without being told to."""
        return self.command is None


def python(script: str) -> Callable[[], list[Any]]:
    return lambda: [sys.executable, HERE / "python" / script]


def java() -> list[Any]:
    classes = f"{HERE / 'java' / 'out'}:/usr/share/java/gson.jar"
    # It lives for a second.
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return ["java", *quick, "-cp", classes, "WebSocketPeer"]


KINDS = [
    Kind("chromium", deflates=True, controls=False),
    Kind("websockets", python("websockets_peer.py"), serves=True, deflates=True),
    Kind("ws", lambda: node("ws_peer.mjs"), serves=True, deflates=True),
    Kind("java", java),
    Kind("curl", python("pycurl_peer.py")),
    Kind(
        "tungstenite",
        lambda: [HERE / "rust/target/release/websocket-peer"],
        serves=True,
    ),
]


def send(peer: Teller, data: str | bytes) -> None:
    peer.tell("send", **encoded(data))


def expect_message(peer: Teller, data: str | bytes) -> None:
    peer.expect("message", **described(data))


def expect_message_and_pongs(peer: Teller, data: str | bytes, last: str) -> None:
    """Demands a message and, in any order, pongs of which `last` is the last.

    RFC 6455 section 5.5.3: of several pings, only the latest need be answered.
    """
    pongs: list[str] = []
    messages: list[Event] = []
    while not messages or pongs[-1:] != [last]:
        event = peer.next_event()
        if event["event"] == "pong":
            pongs.append(event["payload"])
        else:
            messages.append(event)
    wanted = {"event": "message", **described(data)}
    assert messages == [wanted], f"{messages} instead of {wanted}"


def encoded(data: str | bytes) -> dict[str, Any]:
    """Text or octets as the peers take them."""
    if isinstance(data, str):
        return {"text": data}
    return {"base64": base64.b64encode(data).decode()}


def described(data: str | bytes) -> dict[str, Any]:
    """Text or octets as the peers describe them."""
    octets = data.encode() if isinstance(data, str) else data
    return {
        "binary": isinstance(data, bytes),
        "length": len(octets),
        "sha256": hashlib.sha256(octets).hexdigest(),
    }
