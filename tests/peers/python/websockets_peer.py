"""A peer by Python's websockets, with its interface of asyncio.

Usage: websockets_peer.py client URL OPTIONS
       websockets_peer.py server OPTIONS
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
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


def abort(opened: asyncio.Future[Connection]) -> None:
    if not opened.cancelled():
        opened.result().transport.abort()


class Talk:
    """One connection, once it is open."""

    def __init__(self) -> None:
        self._connection: asyncio.Future[Connection] = asyncio.Future()
        self._commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._pongs: dict[str, asyncio.Task[None]] = {}

    async def listen(self, connection: Connection, echo: bool) -> None:
        """Tells what comes, until the end."""
        extensions = [each.name for each in connection.protocol.extensions]
        tell(
            "open",
            protocol=connection.subprotocol or "",
            extensions=", ".join(extensions),
        )
        self._connection.set_result(connection)
        with suppress(ConnectionClosed):  # told below
            async for message in connection:
                tell_message(message)
                if echo:
                    # To send it here would hold up the reading.
                    self._commands.put_nowait({"do": "echo", "message": message})
        await connection.wait_closed()
        if connection.close_code == ABNORMAL:
            tell("lost", why=str(connection.protocol.close_exc))
        else:
            tell("close", code=connection.close_code, reason=connection.close_reason)

    async def read(self) -> None:
        """Takes commands until their end."""
        async for command in read_commands():
            if command["do"] == "terminate":
                self.terminate()
            else:
                self._commands.put_nowait(command)
                await asyncio.sleep(0)  # lets it be sent before the next is read

    def terminate(self) -> None:
        # Not behind what is being sent: the other side may not read.
        self._connection.add_done_callback(abort)

    async def obey(self) -> None:
        connection = await self._connection
        while True:
            command = await self._commands.get()
            with suppress(ConnectionClosed):  # whoever listens tells
                await getattr(self, "_" + command.pop("do"))(connection, **command)

    async def _echo(self, connection: Connection, message: str | bytes) -> None:
        await connection.send(message)

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
        # The library does not send the same ping again before its pong has come.
        if text in self._pongs:
            await asyncio.wait([self._pongs[text]])
        answer = await connection.ping(text)
        self._pongs[text] = asyncio.create_task(tell_pong(answer, text))

    async def _pong(self, connection: Connection, text: str) -> None:
        await connection.pong(text)

    async def _close(self, connection: Connection, code: int, reason: str) -> None:
        await connection.close(code, reason)


def settings(options: dict[str, Any]) -> dict[str, Any]:
    """Without limits, or pings of its own."""
    return {
        "compression": "deflate" if options.get("deflate") else None,
        "subprotocols": options.get("protocols"),
        "max_size": None,
        "max_queue": None,
        "ping_interval": None,
    }


async def client(talk: Talk, url: str, options: dict[str, Any]) -> None:
    try:
        connection = await connect(url, proxy=None, **settings(options))
    except Exception as error:
        tell("failed", why=str(error))
    else:
        await talk.listen(connection, bool(options.get("echo")))


async def server(talk: Talk, options: dict[str, Any]) -> None:
    opened: asyncio.Future[ServerConnection] = asyncio.Future()

    async def handle(connection: ServerConnection) -> None:
        opened.set_result(connection)
        await connection.wait_closed()

    def answer(connection: ServerConnection, _request: Request) -> Response | None:
        if "refuse" not in options:
            return None
        return connection.respond(HTTPStatus(options["refuse"]), "not for you\n")

    def select(_connection: ServerConnection, offered: Any) -> Any:
        spoken = options.get("protocols", [])
        return next((name for name in spoken if name in offered), None)

    running = await serve(
        handle,
        "127.0.0.1",
        0,
        process_request=answer,
        select_subprotocol=select,
        **settings(options),
    )
    tell("listening", port=running.sockets[0].getsockname()[1])
    await talk.listen(await opened, bool(options.get("echo")))


async def talk_until_the_end(role: str, *arguments: str) -> None:
    """The end of the commands is the end; what goes wrong ends all with a trace."""
    talk = Talk()
    options = json.loads(arguments[-1])
    if role == "client":
        playing = client(talk, arguments[0], options)
    else:
        playing = server(talk, options)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in (playing, talk.obey())]
        await talk.read()
        for task in tasks:
            task.cancel()
        # The library would wait for the other side's CLOSE.
        talk.terminate()


asyncio.run(talk_until_the_end(*sys.argv[1:]))
