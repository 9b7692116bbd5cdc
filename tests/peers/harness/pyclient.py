"""Python's websockets as a client, with its two programming interfaces."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.asyncio.client import connect as connect_asyncio
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websockets_connect

from .program import DEADLINE

# Without deflate, limits, or pings of its own.
PLAIN: dict[str, Any] = {
    "compression": None,
    "max_size": None,
    "max_queue": None,
    "ping_interval": None,
    "proxy": None,
}


def connect(url: str, **options: Any) -> ClientConnection:
    connection = websockets_connect(url, **{**PLAIN, **options})
    assert isinstance(connection, ClientConnection)
    return connection


def assert_echo(client: ClientConnection, message: str | bytes) -> None:
    client.send(message)
    # A plain comparison: pytest takes minutes to show how two long messages differ.
    same = client.recv(DEADLINE) == message
    assert same


def assert_long_echoes(url: str, *messages: str | bytes) -> None:
    """For messages that no socket buffer holds: the echo comes while we still send.

    websockets.sync does not read while it sends a frame, so that such a message stops both sides.
    """

    async def exchange() -> None:
        async with asyncio.timeout(DEADLINE), connect_asyncio(url, **PLAIN) as client:
            for message in messages:
                await client.send(message)
                same = await client.recv() == message
                assert same

    asyncio.run(exchange())
