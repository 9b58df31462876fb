"""A whole platform in this process, on the log in PostgreSQL, with a clock that can be set."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
from sqlalchemy import text

from services.identity import statements
from services.identity.tables import Account
from services.registry import SERVICES
from services.web.page_cache.following import TOPICS, cache_of
from services.web.page_cache.store import PageCache
from shared.messaging.outbox import tell
from shared.runtime.platform import Platform, running
from shared.settings import Settings
from shared.storage.locks import lock
from tests.page_cache.shifting import Clock, shifted
from tests.support.service import ServiceUnderTest
from tests.support.tokens import TestIssuer
from tests.support.waiting import eventually

FRESH = {"Cookie": "demain_nobody=1"}
"""Who sends a cookie of the site's is answered with a page made for him; this one is nobody's."""
COUNTED = {"contributions": "argument", "events": "forum"}


@dataclass
class Town:
    """What a test does there."""

    platform: Platform
    http: httpx.AsyncClient
    issuer: TestIssuer
    clock: Clock
    services: dict[str, ServiceUnderTest] = field(default_factory=dict)

    @property
    def cache(self) -> PageCache:
        """The pages that are kept."""
        return cache_of(self.platform.resources["web"])

    def __getitem__(self, service: str) -> ServiceUnderTest:
        return self.services[service]

    def count(self, metric: str, **labels: str) -> float:
        """What a counter stands at."""
        return self.platform.metrics.registry.get_sample_value(f"demain_page_cache_{metric}_total", labels) or 0.0

    def renders(self) -> str:
        """What came of the pages that were made to be kept."""
        lines = self.platform.metrics.text().decode().splitlines()
        return "\n".join(line for line in lines if line.startswith("demain_page_cache_renders"))

    async def named(self, id: UUID, name: str) -> None:
        """Somebody of that id is called so."""
        async with self["identity"].database.transaction() as session:
            account = await lock(session, Account, id)
            if account is None:
                now = self.clock.now(None).astimezone()
                account = Account(
                    id=id,
                    email=f"{id}@demain.test",
                    password_hash="",
                    display_name=name,
                    sought_name=name.lower(),
                    created_at=now,
                    verified_at=now,
                )
                session.add(account)
                await session.flush()
            account.display_name = name
            message = statements.of_person(account)
            assert message is not None
            await tell(session, account, message)

    def waiting(self, path: str) -> int:
        """How many wait for a page that another is making."""
        return sum(one.waiting for key, one in self.cache.making.items() if key[1] == path)

    async def heard(self, service: str) -> None:
        """Wait until the site has heard what a service had to tell, whoever else has not."""

        async def told() -> bool:
            async with self[service].database.reading() as session:
                return not (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one()

        await eventually(told)
        asked = time.monotonic()
        await eventually(lambda: self.cache.is_current(time.monotonic() - asked))

    async def settled(self, heard: Callable[[float], bool] | None = None) -> None:
        """Wait until all that was done was told, applied, found and heard."""
        await eventually(self._told)
        asked, heard = time.monotonic(), heard or self.cache.is_current
        await eventually(lambda: heard(time.monotonic() - asked))

    async def _told(self) -> bool:
        """Whether nothing is under way; by the log's ends, which are compared before and after."""
        before = await self._ends()
        for name, one in self.services.items():
            async with one.database.reading() as session:
                owed = f"(SELECT count(*) FROM {COUNTED[name]} WHERE counts_owed)" if name in COUNTED else "0"
                waiting = f"SELECT (SELECT count(*) FROM outbox) + {owed}"
                if name == "search":
                    waiting += " + (SELECT count(*) FROM dirt)"
                if (await session.execute(text(waiting))).scalar_one():
                    return False
                rows = await session.execute(text("SELECT topic, partition, next_offset FROM consumed"))
                if any(row.next_offset < before.get((row.topic, row.partition), 0) for row in rows):
                    return False
        return before == await self._ends()

    async def _ends(self) -> dict[tuple[str, int], int]:
        reader = self.platform.log.reader()
        try:
            partitions = [p for topic in TOPICS for p in await self.platform.log.partitions(topic.name)]
            await reader.assign(partitions)
            return {(p.topic, p.number): end for p, end in (await reader.end_offsets(partitions)).items()}
        finally:
            await reader.close()

    async def page(self, path: str, **headers: str) -> httpx.Response:
        """A page as an anonymous reader gets it."""
        self.http.cookies.clear()
        return await self.http.get(path, headers=headers)

    async def fresh(self, path: str) -> httpx.Response:
        """The same made anew."""
        return await self.http.get(path, headers=FRESH)


@asynccontextmanager
async def town(folder: Path, **settings: Any) -> AsyncIterator[Town]:
    """One that is empty but for the usual themes, without its own people signing in."""
    configured = Settings(data_dir=folder, port=0, sample=False, durable_commits=False, **settings)
    async with running(configured, SERVICES, say=lambda _: None) as platform:
        issuer = TestIssuer()
        for one in platform.resources.values():
            one.tokens = issuer.verifier()
        base = f"http://127.0.0.1:{platform.port}"
        with shifted() as clock:
            async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as http:
                made = Town(platform, http, issuer, clock)
                for service in SERVICES:
                    resources = platform.resources[service.name]
                    made.services[service.name] = ServiceUnderTest(
                        service, cast(Any, None), http, resources.database, resources, issuer
                    )
                yield made
