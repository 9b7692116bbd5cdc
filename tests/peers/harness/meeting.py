"""Peers and the examples brought together, with a relay on the wire between them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Generic, TypeVar

from .browser import Browser
from .examples import Bench, EchoClient, EchoServer
from .peers import KINDS, ChromiumPeer, Kind, PeerProgram
from .proxies import PROXIES, free_port
from .relay import Relay
from .scripted import Teller

Example = TypeVar("Example", EchoClient, EchoServer)


@dataclass(frozen=True)
class Setting:
    """Who is met, whether messages are to be compressed, and what stands in between."""

    kind: Kind
    deflate: bool = False
    proxy: str | None = None

    def __str__(self) -> str:
        words = [self.kind.name, "deflate" if self.deflate else "plain"]
        return "-".join(words + ([self.proxy] if self.proxy else []))


def each_way(kind: Kind) -> list[Setting]:
    """Without compression, and with it where there is some."""
    plain = Setting(kind)
    return [plain, Setting(kind, deflate=True)] if kind.deflates else [plain]


CLIENTS = [setting for kind in KINDS for setting in each_way(kind)]
SERVERS = [setting for kind in KINDS if kind.serves for setting in each_way(kind)]
BEHIND_PROXIES = [
    Setting(setting.kind, setting.deflate, proxy)
    for setting in CLIENTS
    if setting.kind.name == "websockets"
    for proxy in PROXIES
]


@dataclass
class Meeting(Generic[Example]):
    """A peer and an example that are to talk to each other."""

    setting: Setting
    peer: Teller
    example: Example
    relay: Relay

    def expect_open(self, protocol: str = "") -> None:
        """Demands that the handshake gave this subprotocol, and compression if it is wanted."""
        event = self.peer.expect("open", protocol=protocol)
        if "extensions" in event:
            deflate = event["extensions"].startswith("permessage-deflate")
            assert deflate == self.setting.deflate, event

    def assert_compressed(self) -> None:
        """Demands compressed messages in both directions, if they are wanted."""
        for counter in self.relay.counters():
            assert counter.messages > 0
            assert (counter.compressed > 0) == self.setting.deflate, counter

    def assert_rsv1(self) -> None:
        """Demands RSV1 nowhere but where it may be."""
        for counter in self.relay.counters():
            assert counter.misplaced == 0
            assert counter.compressed == 0 or self.setting.deflate


@dataclass
class Meetings:
    """Arranges the meetings of one test."""

    setting: Setting
    bench: Bench
    folder: Path
    find_browser: Callable[[], Browser]
    _meetings: list[Any] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def with_server(self, *arguments: str, **options: Any) -> Meeting[EchoServer]:
        """The peer becomes a client of echo_server.

        The server accepts compression where the peer does not offer it, and the other way round
        where the peer always does.
        """
        offers = self.setting.deflate
        accepts = offers or not self.setting.kind.always_offers
        deflate = ["--deflate"] if accepts else []
        server = self.bench.echo_server(*deflate, *arguments)
        relay = self._relay(server.port)
        url = f"ws://127.0.0.1:{self._entrance(relay)}/peer"
        peer = self._client(server, url, {"deflate": offers, **options})
        return self._remember(Meeting(self.setting, peer, server, relay))

    def with_client(self, *arguments: str, **options: Any) -> Meeting[EchoClient]:
        """The peer becomes a server for echo_client.

        It accepts compression where that is not offered; where it has none, it is offered some.
        """
        kind = self.setting.kind
        assert kind.command is not None
        peer = PeerProgram(kind.command(), None, {"deflate": True, **options})
        self.bench.add(peer)
        relay = self._relay(peer.port)
        offers = self.setting.deflate or not kind.deflates
        deflate = ["--deflate"] if offers else []
        url = f"ws://127.0.0.1:{relay.port}/example"
        client = self.bench.echo_client(*deflate, *arguments, url)
        return self._remember(Meeting(self.setting, peer, client, relay))

    def client_of_nobody(self) -> Teller:
        """The peer as client of a port on which nobody listens."""
        server = self.bench.echo_server()
        return self._client(server, f"ws://127.0.0.1:{free_port()}/nobody", {})

    def end(self) -> None:
        with self._stack:
            for meeting in self._meetings:
                meeting.assert_rsv1()

    def _client(self, server: EchoServer, url: str, options: Any) -> Teller:
        command = self.setting.kind.command
        if command is None:
            return ChromiumPeer(self.find_browser(), server.page, url, options)
        peer = PeerProgram(command(), url, options)
        self.bench.add(peer)
        return peer

    def _relay(self, port: int) -> Relay:
        relay = Relay(port)
        self._stack.callback(relay.close)
        return relay

    def _entrance(self, relay: Relay) -> int:
        if self.setting.proxy is None:
            return relay.port
        proxy = PROXIES[self.setting.proxy](self.folder, relay.port)
        self.bench.add(proxy)
        return proxy.port

    def _remember(self, meeting: Meeting[Example]) -> Meeting[Example]:
        self._meetings.append(meeting)
        return meeting
