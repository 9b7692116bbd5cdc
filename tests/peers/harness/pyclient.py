"""Python's websockets as a client."""

from __future__ import annotations

from typing import Any

from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websockets_connect

from .program import DEADLINE


def connect(url: str, **options: Any) -> ClientConnection:
    """A connection without deflate, limits, or pings of its own."""
    settings: dict[str, Any] = {
        "compression": None,
        "max_size": None,
        "max_queue": None,
        "ping_interval": None,
        "proxy": None,
        **options,
    }
    connection = websockets_connect(url, **settings)
    assert isinstance(connection, ClientConnection)
    return connection


def assert_echo(client: ClientConnection, message: str | bytes) -> None:
    client.send(message)
    # A plain comparison: pytest takes minutes to show how two long messages differ.
    same = client.recv(DEADLINE) == message
    assert same
