"""Python's websockets as a client, with its two programming interfaces.

For TLS only that of asyncio will do: websockets.sync reads in one thread and writes in another, and
Python 3.11 does not keep the two from using OpenSSL's one object at once, which loses octets.
"""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable

from websockets.asyncio.client import ClientConnection as AsyncConnection
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


def converse(
    url: str, script: Callable[[AsyncConnection], Awaitable[None]], **options: Any
) -> None:
    """Runs a script of asyncio on a connection."""

    async def run() -> None:
        settings = {**PLAIN, **options}
        async with asyncio.timeout(DEADLINE), connect_asyncio(
            url, **settings
        ) as client:
            await script(client)

    asyncio.run(run())


def assert_long_echoes(url: str, *messages: str | bytes, **options: Any) -> None:
    """For messages that no socket buffer holds: the echo comes while we still send.

    websockets.sync does not read while it sends a frame, so that such a message stops both sides.
    """

    async def exchange(client: AsyncConnection) -> None:
        for message in messages:
            await client.send(message)
            same = await client.recv() == message
            assert same

    converse(url, exchange, **options)
