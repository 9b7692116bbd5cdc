"""Python's websockets as a server, with what each connection meets there.

For TLS there is asyncio_server; pyclient.py says why.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import Any, Awaitable, Callable, Iterator

from websockets.asyncio.server import ServerConnection as AsyncConnection
from websockets.asyncio.server import serve as serve_asyncio
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from .program import DEADLINE

Handler = Callable[[ServerConnection], None]
AsyncHandler = Callable[[AsyncConnection], Awaitable[None]]

# Without deflate, limits, or pings of its own.
PLAIN: dict[str, Any] = {
    "compression": None,
    "max_size": None,
    "max_queue": None,
    "ping_interval": None,
}


class PythonServer:
    """A running server; it keeps what goes wrong in its handlers, and how connections closed."""

    def __init__(self, listener: Any, scheme: str = "ws") -> None:
        self._scheme = scheme
        self.port: int = listener.getsockname()[1]
        self.errors: list[BaseException] = []
        self.closed: list[tuple[int | None, str | None]] = []

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}/python"


@contextmanager
def python_server(handler: Handler, **options: Any) -> Iterator[PythonServer]:
    """Serves until the block is left, then fails if a handler failed."""

    def guarded(connection: ServerConnection) -> None:
        try:
            handler(connection)
        except BaseException as error:
            running.errors.append(error)
        finally:
            connection.close()
            running.closed.append((connection.close_code, connection.close_reason))

    with serve(guarded, "127.0.0.1", 0, **{**PLAIN, **options}) as server:
        running = PythonServer(server.socket)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield running
        server.shutdown()
        thread.join()
    for error in running.errors:
        raise error


def echo(connection: ServerConnection) -> None:
    """Sends back each message, until the connection is closed with whatever code."""
    with suppress(ConnectionClosed):
        for message in connection:
            connection.send(message)


@contextmanager
def asyncio_server(
    handler: AsyncHandler, context: ssl.SSLContext, **options: Any
) -> Iterator[PythonServer]:
    """As python_server, with TLS and handlers of asyncio, which run in one thread."""

    async def guarded(connection: AsyncConnection) -> None:
        try:
            await handler(connection)
        except BaseException as error:
            running.errors.append(error)
        finally:
            await connection.close()
            running.closed.append((connection.close_code, connection.close_reason))

    async def start() -> Any:
        settings = {**PLAIN, **options, "ssl": context}
        return await serve_asyncio(guarded, "127.0.0.1", 0, **settings)

    async def stop() -> None:
        server.close()
        await server.wait_closed()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(DEADLINE)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = run(start())
    running = PythonServer(server.sockets[0], "wss")
    try:
        yield running
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    for error in running.errors:
        raise error


async def echo_asyncio(connection: AsyncConnection) -> None:
    """As echo."""
    with suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)
