"""uvicorn inside our own event loop, on sockets of our own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


class PortInUse(Exception):
    """Somebody else listens there; names the port and the fix."""


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises PortInUse.

    Made with IPPROTO_TCP: asyncio sets TCP_NODELAY only on sockets that say so, and without it a call over
    loopback takes 44 ms (Nagle waiting for a delayed acknowledgement).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise PortInUse(
            f"cannot listen on {host}:{port} ({error.strerror or error}): is Demain running already?"
            " Stop what uses the port, or choose another one with DEMAIN_PORT"
        ) from error
    sock.setblocking(False)
    return sock


def local_url(host: str, port: int) -> str:
    """How a browser on this machine reaches what listens there."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's to handle."""
        yield


class Serving:
    """An app being served on a socket."""

    def __init__(self, app: ASGIApp, sock: socket.socket, *, deadline: float) -> None:
        self._sock = sock
        self._server = Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=max(1, round(deadline)),
                timeout_keep_alive=30,
                proxy_headers=False,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._sock.getsockname()[1])

    async def start(self) -> None:
        """Serve, and return once it does."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._sock]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Take no new connections, finish the requests under way, within the deadline."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._sock.close()
