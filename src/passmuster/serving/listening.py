"""A socket, and the server that answers on it until it is told to end."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from passmuster.domain.errors import EnvironmentFaultError

MOST_CONNECTIONS: Final = 512
PATIENCE: Final = 3
"""Seconds in which answers that are under way at the end may be finished."""


class _Server(uvicorn.Server):
    """Leaves signals to the command line, which ends all commands in one way."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def opened_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        EnvironmentFaultError: If nobody can listen there.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except (OSError, OverflowError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no address"
        message = f"nobody can listen at {host!r}, port {port}: {why}"
        raise EnvironmentFaultError(message, hint="name another --port, or another --host of this machine") from error


async def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer until this is cancelled; then finish what is under way."""
    config = uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        lifespan="off",
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=PATIENCE,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.should_exit = True
        await running
        raise
