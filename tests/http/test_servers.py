"""Sockets: small answers leave at once."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.responses import PlainTextResponse

from shared.runtime.servers import PortInUse, Serving, listen


async def _nodelay_of_accepted(listening: socket.socket) -> int:
    """TCP_NODELAY of the socket asyncio accepts a connection on."""
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            sock = transport.get_extra_info("socket")
            accepted.set_result(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    server = await asyncio.get_running_loop().create_server(Protocol, sock=listening)
    async with server:
        _, writer = await asyncio.open_connection(*listening.getsockname())
        nodelay = await accepted
        writer.close()
        return nodelay


async def test_accepted_sockets_do_not_wait_for_more() -> None:
    assert await _nodelay_of_accepted(listen("127.0.0.1", 0)) != 0


async def test_control_a_socket_without_its_protocol_waits() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    sock.setblocking(False)
    if type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
        pytest.skip("uvloop sets TCP_NODELAY whatever the socket says")

    assert await _nodelay_of_accepted(sock) == 0


async def test_uvicorn_serves_on_such_sockets() -> None:
    serving = Serving(PlainTextResponse("well"), listen("127.0.0.1", 0), deadline=1)
    await serving.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        (connection,) = serving._server.server_state.connections
        sock = connection.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        writer.close()
    finally:
        await serving.stop()


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            listen("127.0.0.1", port)
