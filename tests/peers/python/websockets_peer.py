"""A peer by Python's websockets, with its interface of asyncio.

Usage: websockets_peer.py client URL OPTIONS
       websockets_peer.py server OPTIONS
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from lines import payload, tell, tell_message
from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

ABNORMAL = 1006


async def read_commands() -> AsyncIterator[dict[str, Any]]:
    # The longest line carries a message of some MiB.
    reader = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        yield json.loads(line)


async def tell_pong(answer: Any, text: str) -> None:
    try:
        await answer
    except ConnectionClosed:
        return
    tell("pong", payload=text)


class Talk:
    """One connection, once it is open."""

    def __init__(self) -> None:
        self._connection: asyncio.Future[Connection] = asyncio.Future()
        self._pongs: list[asyncio.Task[None]] = []

    async def listen(self, connection: Connection, echo: bool) -> None:
        """Tells what comes, until the end."""
        extensions = [each.name for each in connection.protocol.extensions]
        tell(
            "open",
            protocol=connection.subprotocol or "",
            extensions=", ".join(extensions),
        )
        self._connection.set_result(connection)
        try:
            async for message in connection:
                tell_message(message)
                if echo:
                    await connection.send(message)
        except ConnectionClosed:
            pass  # told below
        await connection.wait_closed()
        if connection.close_code == ABNORMAL:
            tell("lost", why=str(connection.protocol.close_exc))
        else:
            tell("close", code=connection.close_code, reason=connection.close_reason)

    async def obey(self) -> None:
        async for command in read_commands():
            await getattr(self, "_" + command.pop("do"))(
                await self._connection, **command
            )

    async def _send(self, connection: Connection, **message: Any) -> None:
        await connection.send(payload(message))

    async def _fragments(self, connection: Connection, parts: list[Any]) -> None:
        async def fragments() -> AsyncIterator[Any]:
            for number, part in enumerate(parts):
                yield payload(part)
                if number < len(parts) - 1:
                    await self._ping(connection, f"between {number}")

        await connection.send(fragments())

    async def _ping(self, connection: Connection, text: str) -> None:
        answer = await connection.ping(text)
        self._pongs.append(asyncio.create_task(tell_pong(answer, text)))

    async def _pong(self, connection: Connection, text: str) -> None:
        await connection.pong(text)

    async def _close(self, connection: Connection, code: int, reason: str) -> None:
        await connection.close(code, reason)

    async def _terminate(self, connection: Connection) -> None:
        connection.transport.abort()


def settings(options: dict[str, Any]) -> dict[str, Any]:
    """Without limits, or pings of its own."""
    return {
        "compression": "deflate" if options.get("deflate") else None,
        "subprotocols": options.get("protocols"),
        "max_size": None,
        "max_queue": None,
        "ping_interval": None,
    }


async def client(url: str, options: dict[str, Any]) -> None:
    talk = Talk()
    commands = asyncio.create_task(talk.obey())
    try:
        connection = await connect(url, proxy=None, **settings(options))
    except Exception as error:
        tell("failed", why=str(error))
    else:
        await talk.listen(connection, bool(options.get("echo")))
    await commands


async def server(options: dict[str, Any]) -> None:
    talk = Talk()

    async def handle(connection: ServerConnection) -> None:
        await talk.listen(connection, bool(options.get("echo")))

    def answer(connection: ServerConnection, _request: Request) -> Response | None:
        if "refuse" not in options:
            return None
        return connection.respond(HTTPStatus(options["refuse"]), "not for you\n")

    def select(_connection: ServerConnection, offered: Any) -> Any:
        spoken = options.get("protocols", [])
        return next((name for name in spoken if name in offered), None)

    async with serve(
        handle,
        "127.0.0.1",
        0,
        process_request=answer,
        select_subprotocol=select,
        **settings(options),
    ) as running:
        tell("listening", port=running.sockets[0].getsockname()[1])
        await talk.obey()


def main(role: str, *arguments: str) -> None:
    options = json.loads(arguments[-1])
    asyncio.run(client(arguments[0], options) if role == "client" else server(options))


main(*sys.argv[1:])
