"""A service that does not answer, over real sockets: who asks is told so at once, and notices when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from shared.clients.base import ServiceClient, ServiceDown, ServiceProblem
from shared.clients.circuit import FAILURES, Circuit, State
from shared.clients.directory import Clients
from shared.clients.patience import at_most
from shared.runtime.health import Condition, of_circuits, worst
from shared.runtime.metrics import Metrics
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

SHORT, PATIENT = 0.2, 20.0
"""Seconds a call may take here: to a mute service, and to one that answers."""


class Reading(ServiceClient):
    service = "neighbour"


class Writing(ServiceClient):
    """Another client of the same service."""

    service = "neighbour"


class Elsewhere(ServiceClient):
    service = "another"


class Neighbour:
    """A service that can be silenced, refuse connections, and answer what it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.type = 200, "application/json"

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.method)
        return web.Response(status=self.status, body=b"{}", content_type=self.type)


@asynccontextmanager
async def neighbour() -> AsyncIterator[tuple[Neighbour, Proxy]]:
    played = Neighbour()
    app = web.Application()
    app.add_routes([web.route("*", "/", played.answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy = Proxy(lambda: asyncio.open_connection(*runner.addresses[0][:2]))
    await proxy.start()
    try:
        yield played, proxy
    finally:
        await proxy.cut()
        await runner.cleanup()


def impatient(clients: Clients, kind: Any, *, first_delay: float = 0.05) -> ServiceClient:
    """A client of the directory that gives up soon, on a circuit that tries again soon."""
    client: ServiceClient = clients.of(kind)
    client._deadline = SHORT
    client.circuit._first_delay, client.circuit._longest_delay = first_delay, 2 * first_delay
    return client


async def test_a_mute_service_is_asked_no_more_until_one_call_finds_it_back() -> None:
    metrics = Metrics()
    async with neighbour() as (played, proxy):
        clients = Clients({}, f"http://127.0.0.1:{proxy.port}", metrics=metrics)
        reading, writing = impatient(clients, Reading, first_delay=60.0), impatient(clients, Writing, first_delay=60.0)
        reading._deadline = PATIENT
        await reading.call("GET", "/")
        proxy.mute()
        reading._deadline = SHORT
        for _ in range(FAILURES):
            with pytest.raises(ServiceDown):
                await reading.call("GET", "/")

        with pytest.raises(ServiceDown, match="was not asked; a call tries in"):
            await writing.call("GET", "/")
        assert b'demain_circuit_open{service="neighbour"} 1.0' in metrics.text()
        assert worst(of_circuits(clients.circuits)) is Condition.DEGRADED

        # It is back, and nobody asks before the delay is over.
        await proxy.restore()
        with pytest.raises(ServiceDown, match="was not asked"):
            await writing.call("POST", "/")
        assert "POST" not in played.asked

        writing.circuit._until = 0.0  # the delay is over
        reading._deadline = writing._deadline = PATIENT
        await writing.call("POST", "/")
        await reading.call("GET", "/")
        assert played.asked.count("POST") == 1
        assert b'demain_circuit_open{service="neighbour"} 0.0' in metrics.text()
        assert worst(of_circuits(clients.circuits)) is Condition.WELL
        await clients.close()


async def test_while_one_tries_the_others_are_not_kept_waiting() -> None:
    async with neighbour() as (_, proxy):
        clients = Clients({}, f"http://127.0.0.1:{proxy.port}")
        reading = impatient(clients, Reading)
        proxy.mute()
        await asyncio.gather(*(reading.call("GET", "/") for _ in range(FAILURES)), return_exceptions=True)
        assert reading.circuit.is_open

        reading._deadline = 60.0
        trying: asyncio.Task[Any] | None = None

        async def tries() -> bool:
            nonlocal trying
            trying = asyncio.create_task(reading.call("GET", "/"))
            await asyncio.sleep(0)
            if reading.circuit.state is State.HALF_OPEN:
                return True
            with pytest.raises(ServiceDown):
                await trying
            return False

        await eventually(tries)
        for _ in range(20):
            with pytest.raises(ServiceDown, match="another call is trying"):
                await reading.call("GET", "/")
        assert trying is not None
        assert not trying.done(), "it waits alone"
        await proxy.restore()
        await trying
        assert reading.circuit.state is State.CLOSED
        await clients.close()


async def test_a_service_that_refuses_connections_opens_it_too_and_no_other() -> None:
    async with neighbour() as (_, proxy):
        clients = Clients({}, f"http://127.0.0.1:{proxy.port}")
        reading, elsewhere = impatient(clients, Reading, first_delay=60.0), clients.of(Elsewhere)
        await proxy.cut()
        for _ in range(FAILURES):
            with pytest.raises(ServiceDown):
                await reading.call("GET", "/")
        assert reading.circuit.is_open
        await proxy.restore()
        await elsewhere.call("GET", "/")
        await clients.close()


@pytest.mark.parametrize(
    ("status", "media_type", "error", "opens"),
    [
        (404, "application/problem+json", ServiceProblem, False),
        (500, "application/problem+json", ServiceProblem, False),
        (503, "application/problem+json", ServiceProblem, False),
        (502, "text/html", ServiceDown, True),
        (503, "text/plain", ServiceDown, True),
        (504, "text/html", ServiceDown, True),
    ],
)
async def test_who_says_no_is_there_unless_a_proxy_says_it(
    status: int, media_type: str, error: type[Exception], opens: bool
) -> None:
    async with neighbour() as (played, proxy):
        played.status, played.type = status, media_type
        async with Reading(f"http://127.0.0.1:{proxy.port}") as client:
            for _ in range(FAILURES):
                with pytest.raises(error):
                    await client.call("GET", "/")
            assert client.circuit.is_open == opens


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_what_failed_is_not_sent_again_by_itself(method: str) -> None:
    async with neighbour() as (played, proxy):
        played.status, played.type = 502, "text/html"
        async with Reading(f"http://127.0.0.1:{proxy.port}") as client:
            with pytest.raises(ServiceDown):
                await client.call(method, "/")
        assert played.asked == [method]


async def test_who_is_in_a_hurry_waits_less_for_what_it_reads_alone() -> None:
    async with neighbour() as (played, proxy):
        async with Reading(f"http://127.0.0.1:{proxy.port}", deadline=60.0, circuit=Circuit(failures=2)) as client:
            proxy.mute()
            for _ in range(2):
                with pytest.raises(ServiceDown), at_most(SHORT):
                    await client.call("GET", "/")
            assert client.circuit.is_open, "it counts: nobody answered"
        async with Reading(f"http://127.0.0.1:{proxy.port}", deadline=60.0) as client:
            with at_most(SHORT):
                written = asyncio.create_task(client.call("POST", "/"))
                with pytest.raises(ServiceDown):
                    await client.call("GET", "/")
            assert not written.done(), "what changes something is not given up half way"
            await proxy.restore()
            await written
            assert played.asked.count("POST") == 1


async def test_a_caller_who_goes_away_proves_nothing() -> None:
    async with neighbour() as (_, proxy), Reading(f"http://127.0.0.1:{proxy.port}", deadline=60.0) as client:
        proxy.mute()
        for _ in range(FAILURES + 1):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await client.call("GET", "/")
        assert not client.circuit.is_open


def test_a_service_whose_address_nobody_told_is_down_and_says_so() -> None:
    clients = Clients({"another": "http://there"}, "http://here", at_default=())
    assert clients.of(Elsewhere).service == "another"
    with pytest.raises(ServiceDown, match="DEMAIN_SERVICE_URLS"):
        clients.of(Reading)
