"""From one service's outbox to another's table, whatever goes away meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from structlog.testing import capture_logs

from shared.messaging.consumer import Consumer
from shared.messaging.envelope import headers_of, payload_of, record_of
from shared.messaging.log import Log, Received
from shared.messaging.relay import Relay
from shared.runtime.correlation import correlation_id
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.conformance.log.backends import Backend
from tests.messaging.bulletin.commands import posted, retitled
from tests.messaging.bulletin.contracts import BULLETINS, BulletinPosted
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.messaging.hearer.service import REACTIONS, Hearing, heard, hearings
from tests.messaging.working import at_work, relayed
from tests.support.postgres import TestServer
from tests.support.service import serving
from tests.support.waiting import eventually


class WatchedLog:
    """Notes what its readers were given."""

    def __init__(self, inner: Log) -> None:
        self._inner = inner
        self.read: list[Received] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def reader(self, group: str | None = None) -> Any:
        return WatchedReader(self, self._inner.reader(group))


class WatchedReader:
    def __init__(self, log: WatchedLog, inner: Any) -> None:
        self._log = log
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        found: list[Received] = await self._inner.poll(timeout, max_records)
        self._log.read += found
        return found


def consuming(hearer: Database, log: Any) -> Consumer:
    return Consumer(hearer, log, REACTIONS, poll=0.05, backoff=0.05)


async def hears(hearer: Database, titles: Iterable[str | None]) -> None:
    """Wait until exactly these titles are known."""
    expected = sorted(titles, key=str)

    async def equal() -> bool:
        return sorted((await heard(hearer)).values(), key=str) == expected

    await eventually(equal, deadline=40)


def once_and_in_order(found: list[Hearing]) -> bool:
    """Whether of each key every application was newer than the one before."""
    newest: dict[str, tuple[int, int]] = {}
    for one in found:
        if (one.epoch, one.ordinal) <= newest.get(one.id, (0, 0)):
            return False
        newest[one.id] = (one.epoch, one.ordinal)
    return True


def test_control_the_check_can_fail() -> None:
    good, again, older = Hearing("a", 1, 2, ""), Hearing("a", 1, 2, ""), Hearing("a", 1, 1, "")

    assert once_and_in_order([good, Hearing("b", 1, 1, ""), Hearing("a", 2, 1, "")])
    assert not once_and_in_order([good, again])
    assert not once_and_in_order([good, older])


async def test_what_one_service_tells_stands_in_the_others_table(speaker: Database, hearer: Database, log: Log) -> None:
    async with at_work(Relay(speaker, log).run, consuming(hearer, log).run):
        ids = [await posted(speaker, f"{n}") for n in range(20)]
        for id in ids[:10]:
            await retitled(speaker, id, f"again {id}")
        await hears(hearer, [*(f"again {id}" for id in ids[:10]), *(f"{n}" for n in range(10, 20))])

    assert once_and_in_order(await hearings(hearer))


async def test_a_restart_reads_on_where_it_was(speaker: Database, hearer: Database, log: Log) -> None:
    async with at_work(Relay(speaker, log).run, consuming(hearer, log).run):
        for n in range(5):
            await posted(speaker, f"before {n}")
        await hears(hearer, [f"before {n}" for n in range(5)])
    async with at_work(Relay(speaker, log).run):
        await posted(speaker, "after")
        await relayed(speaker)

    watched = WatchedLog(log)
    async with at_work(consuming(hearer, watched).run):
        await hears(hearer, [*(f"before {n}" for n in range(5)), "after"])

    assert len(watched.read) == 1


async def test_control_without_stored_offsets_all_is_read_again_and_nothing_applied_twice(
    speaker: Database, hearer: Database, log: Log
) -> None:
    async with at_work(Relay(speaker, log).run, consuming(hearer, log).run):
        for n in range(5):
            await posted(speaker, f"{n}")
        await hears(hearer, [f"{n}" for n in range(5)])
    before = await hearings(hearer)
    async with hearer.transaction() as session:
        await session.execute(text("DELETE FROM consumed"))

    watched = WatchedLog(log)
    async with at_work(consuming(hearer, watched).run):
        # More than once, where a group finds together again meanwhile.
        await eventually(lambda: len({one.key for one in watched.read}) == 5, deadline=60)

    assert await hearings(hearer) == before


async def test_a_log_that_goes_away_and_comes_back(
    speaker: Database, hearer: Database, log: Log, backend: Backend
) -> None:
    assert backend.proxy is not None
    consumer, relay = consuming(hearer, log), Relay(speaker, log)
    async with at_work(relay.run, consumer.run):
        await posted(speaker, "before")
        await hears(hearer, ["before"])
        await backend.proxy.cut()
        id = await posted(speaker, "meanwhile")
        await retitled(speaker, id, "still meanwhile")
        await eventually(lambda: consumer.trouble and relay.trouble, deadline=40)
        await backend.proxy.restore()
        await hears(hearer, ["before", "still meanwhile"])
        await eventually(lambda: not consumer.complaint() and not relay.complaint(), deadline=40)

    assert once_and_in_order(await hearings(hearer))


async def test_a_database_that_goes_away_and_comes_back(
    server: TestServer, speaker: Database, hearer: Database, log: Log
) -> None:
    consumer = consuming(hearer, log)
    name = hearer.address.name
    async with at_work(Relay(speaker, log).run, consumer.run):
        await posted(speaker, "before")
        await hears(hearer, ["before"])
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        await posted(speaker, "meanwhile")
        await eventually(consumer.complaint)
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await hears(hearer, ["before", "meanwhile"])
        await eventually(lambda: not consumer.complaint())

    assert once_and_in_order(await hearings(hearer))
    async with hearer.transaction() as session:
        parked = (await session.execute(text("SELECT count(*) FROM parked_message"))).scalar_one()
    assert parked == 0, "an outage is nobody's fault: nothing is set aside for it"


async def test_a_connection_cut_while_it_is_prepared_is_an_outage_like_others(
    speaker: Database, hearer: Database, log: Log
) -> None:
    """SQLAlchemy hands on what asyncpg raises there: it is neither its own error nor an OSError."""
    cuts = 0

    def cut(*_: object) -> None:
        nonlocal cuts
        if cuts < 3:
            cuts += 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    event.listen(hearer.engine.sync_engine, "connect", cut)
    async with at_work(Relay(speaker, log).run, consuming(hearer, log).run):
        await posted(speaker, "told")
        await eventually(lambda: cuts == 3)
        await hears(hearer, ["told"])

    assert cuts == 3


async def test_connections_that_are_killed_again_and_again_lose_and_double_nothing(
    server: TestServer, speaker: Database, hearer: Database, log: Log
) -> None:
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname IN ('{hearer.address.name}', '{speaker.address.name}')"
    )
    expected: list[str] = []
    async with at_work(Relay(speaker, log, batch=3).run, consuming(hearer, log).run):
        for round in range(4):
            id = await posted(speaker, f"{round}")
            for n in range(5):
                await retitled(speaker, id, f"{round} {n}")
            expected.append(f"{round} 4")
            await server.execute(kill)
            await speaker.engine.dispose()
            await hearer.engine.dispose()
        await hears(hearer, expected)

    assert once_and_in_order(await hearings(hearer))


async def test_a_newer_epoch_wins_over_a_higher_ordinal(hearer: Database, log: Log) -> None:
    id = str(new_id())

    def says(title: str, epoch: int, ordinal: int) -> Any:
        told = BulletinPosted(id=id, title=title)
        headers = headers_of(told, source="test", ordinal=ordinal, epoch=epoch, traceparent="")
        return record_of(BULLETINS.name, id, payload_of(told), headers)

    writer = log.writer("test")
    await writer.open()
    watched = WatchedLog(log)
    async with at_work(consuming(hearer, watched).run):
        for record in (says("first", 1, 9), says("restored", 1_800_000_000, 2), says("zombie", 1, 10)):
            await writer.append([record])
        await eventually(lambda: len(watched.read) == 3)
        await hears(hearer, ["restored"])
    await writer.close()

    assert [h.title for h in await hearings(hearer) if h.title == "zombie"] == []


async def test_the_id_of_a_request_stands_in_the_log_line_of_the_consumer(
    server: TestServer, hearer: Database, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "shared.messaging.applier")
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"

    def correlate(_: Any, __: str, event: Any) -> Any:
        return {**event, "correlation": correlation_id()}

    with capture_logs(processors=[correlate]) as lines:
        async with serving(server, BULLETIN) as bulletin:
            answer = await bulletin.http.post(
                "/api/bulletins",
                json={"title": "Tram"},
                headers={**bulletin.someone(), "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"},
            )
            assert answer.headers["x-request-id"] == trace_id
            async with at_work(Relay(bulletin.database, log).run, consuming(hearer, log).run):
                await hears(hearer, ["Tram"])
                await eventually(lambda: [line for line in lines if line["event"] == "applied"])

    request, applied = ([line for line in lines if line["event"] == event] for event in ("request", "applied"))
    assert [line["correlation"] for line in request + applied] == [trace_id, trace_id]


@pytest.mark.parametrize("incoming", ["", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "nonsense"])
async def test_a_bad_traceparent_gets_a_new_id(server: TestServer, incoming: str) -> None:
    async with serving(server, BULLETIN) as bulletin:
        answer = await bulletin.http.get("/api/bulletins", headers={"traceparent": incoming})

    assert len(answer.headers["x-request-id"]) == 32
    assert set(answer.headers["x-request-id"]) != {"0"}
