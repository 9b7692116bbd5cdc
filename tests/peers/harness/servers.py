"""Python's websockets as a server, with what each connection meets there."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

Handler = Callable[[ServerConnection], None]


class PythonServer:
    """A running server; it keeps what goes wrong in its handlers, and how connections closed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.errors: list[BaseException] = []
        self.closed: list[tuple[int | None, str | None]] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/python"


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

    settings = {
        "compression": None,
        "max_size": None,
        "max_queue": None,
        "ping_interval": None,
    }
    with serve(guarded, "127.0.0.1", 0, **{**settings, **options}) as server:
        running = PythonServer(server)
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
