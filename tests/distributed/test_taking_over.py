"""Of two processes that could do the work one does; is it stopped, or its network silent, the other takes over.

The deadline of the wait is the promise: what was told is on the log within twenty seconds.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from services.contributions import statements
from services.contributions.tables import Theme
from shared.contracts.contributions import THEMES, ThemeDefined
from shared.messaging.log import LogError
from shared.messaging.outbox import tell
from shared.runtime.platform import Platform as Parts
from shared.storage.locks import is_held, lock
from tests.messaging.working import messages
from tests.support import brokers
from tests.support.processes import Platform, Process, distributed
from tests.support.waiting import eventually

PROMISE = 20.0
"""Seconds until another process took over."""
THEME = "water"

_READ = text("""
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND query LIKE '%FROM outbox o%' AND state = 'idle' AND query_start > :now)
""")
_END = text("""
    SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")


@dataclass
class Pair:
    """Two workers of contributions: who relays, and who stands by."""

    platform: Platform
    parts: Parts
    holder: Process
    standby: Process

    async def rename(self, name: str) -> None:
        """Tell of a change, in a transaction as any command has."""
        async with self.parts.resources["contributions"].database.transaction() as session:
            theme = await lock(session, Theme, THEME)
            assert theme is not None
            theme.names = {"fr": name, "en": name}
            await tell(session, theme, statements.of_theme(theme))

    async def was_read(self) -> None:
        """Wait until the relay has the outbox of now in its hands, or has emptied it."""
        database = self.parts.resources["contributions"].database
        async with database.reading() as session:
            now = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()

            async def since_now() -> bool:
                return bool((await session.execute(_READ, {"now": now})).scalar_one())

            await eventually(since_now, deadline=120, every=0.1)

    async def take_its_duty(self) -> None:
        """End the session that holds it, which PostgreSQL does by itself a little later."""
        database = self.parts.resources["contributions"].database
        async with database.reading() as session:
            assert (await session.execute(_END)).scalars().all() == [True]

    async def on_log(self) -> list[tuple[int, str]]:
        """Ordinal and name of each message about the theme, in the log's order."""
        found = await messages(self.parts.log, THEMES.name)
        return [
            (one.age[1], one.contract.names["fr"])
            for one in found
            if isinstance(one.contract, ThemeDefined) and one.key == THEME
        ]

    async def is_last(self, name: str, *, deadline: float = 120.0) -> None:
        """Wait until the log ends with this name."""

        async def ends_so() -> bool:
            with contextlib.suppress(LogError):
                return [one for _, one in await self.on_log()][-1:] == [name]
            return False

        await eventually(ends_so, deadline=deadline, every=0.1)

    async def is_in_order(self) -> None:
        """An older state never stands after a newer one, and none is missing."""
        ordinals = [ordinal for ordinal, _ in await self.on_log()]
        assert ordinals == sorted(ordinals)
        assert set(ordinals) == set(range(1, max(ordinals) + 1))


@asynccontextmanager
async def pair(folder: Path, *, own_way: bool = False) -> AsyncIterator[tuple[Pair, Mapping[str, object]]]:
    """Two workers, the first of which relays; with ``own_way`` it reaches PostgreSQL over a proxy of its own."""
    async with distributed(folder, services=("identity",)) as platform, platform.beside() as parts:
        proxy, environ = await platform.own_way_to_postgres() if own_way else (None, {})
        database = parts.resources["contributions"].database
        holder = await platform.start("contributions", "--worker", environ=environ)
        await eventually(lambda: is_held(database, "relay-contributions"), deadline=120, every=0.1)
        standby = await platform.start("contributions", "--worker")
        made = Pair(platform, parts, holder, standby)
        await made.is_last("Eau")
        yield made, {"proxy": proxy}


async def test_a_relay_that_is_stopped_is_replaced(folder: Path) -> None:
    async with pair(folder) as (two, _):
        two.holder.freeze()
        await two.rename("Eaux")
        await two.is_last("Eaux", deadline=PROMISE)

        two.holder.thaw()
        await eventually(lambda: "duty lost" in two.holder.said, deadline=120)
        await two.rename("Eau douce")
        await two.is_last("Eau douce")
        await two.is_in_order()
        await two.holder.ready()

        # The one that was replaced stands by in turn.
        two.standby.kill()
        await two.rename("Eau vive")
        await two.is_last("Eau vive", deadline=PROMISE)
        await two.is_in_order()


async def test_a_relay_whose_network_falls_silent_is_replaced(folder: Path) -> None:
    async with pair(folder, own_way=True) as (two, ways):
        proxy = ways["proxy"]
        proxy.mute()  # type: ignore[attr-defined]
        await two.rename("Eaux")
        await two.is_last("Eaux", deadline=PROMISE)

        await proxy.restore()  # type: ignore[attr-defined]
        await eventually(lambda: "duty lost" in two.holder.said, deadline=120)
        await two.rename("Eau douce")
        await two.is_last("Eau douce")
        await two.is_in_order()


@pytest.mark.skipif(not brokers.is_apache(), reason="needs fencing: make test-kafka")
async def test_a_relay_stopped_with_a_batch_in_its_hands_is_fenced(folder: Path) -> None:
    """It goes on believing in its duty and its producer, and what it sends is refused. One that is stopped for longer
    than a request may take gives its producer up by itself."""
    async with pair(folder) as (two, _):
        two.platform.kafka.mute()
        await two.rename("Eaux")
        await two.was_read()
        # It has the row in its hands, and waits for the broker.
        two.holder.freeze()
        await two.take_its_duty()
        await two.platform.kafka.restore()
        await two.is_last("Eaux", deadline=PROMISE)
        await two.rename("Eau douce")
        await two.is_last("Eau douce")

        two.holder.thaw()
        await eventually(lambda: ": appending as relay-contributions" in two.holder.said, deadline=120)
        await two.rename("Eau vive")
        await two.is_last("Eau vive")
        await two.is_in_order()
