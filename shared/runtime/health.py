"""What is well and what is not, for probes, people and `demain doctor`.

*Live* means that the process works. *Ready* means that it can do what it is asked: databases answer, are
migrated, and agree about the time. A log or an index that is away only *degrades* it: commands still succeed,
their messages wait in the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import text

from shared.clients.circuit import Circuit
from shared.search_index.port import IndexUnavailable, SearchIndex
from shared.storage.database import Database

MOST_CLOCK_DRIFT = 1.0
"""Seconds our clock may differ from PostgreSQL's: deadlines are judged by both."""


class Condition(StrEnum):
    """How a part is."""

    WELL = "well"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class Part:
    """A part of the platform and how it is."""

    name: str
    condition: Condition
    why: str = ""


def worst(parts: list[Part]) -> Condition:
    """The condition of the whole."""
    order = list(Condition)
    return max((part.condition for part in parts), key=order.index, default=Condition.WELL)


async def of_database(database: Database, *, deadline: float = 3.0) -> Part:
    """Whether a service's database answers, and whether its clock is ours."""
    name = f"database {database.service}"
    try:
        async with asyncio.timeout(deadline):
            async with database.engine.connect() as connection:
                before = datetime.now(UTC)
                there = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
                after = datetime.now(UTC)
    except Exception as error:
        return Part(name, Condition.DOWN, f"{type(error).__name__}: {error}"[:300])
    drift = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    if drift > MOST_CLOCK_DRIFT:
        return Part(name, Condition.DOWN, f"its clock and ours are {drift:.1f} s apart: set the clocks")
    return Part(name, Condition.WELL)


def of_circuits(circuits: Mapping[str, Circuit]) -> list[Part]:
    """Which services are asked, and which are not since they do not answer: only what needs them suffers."""
    return [
        Part(f"calls to {service}", Condition.DEGRADED, "it did not answer lately: few calls try")
        if circuit.is_open
        else Part(f"calls to {service}", Condition.WELL)
        for service, circuit in circuits.items()
    ]


async def of_index(service: str, index: SearchIndex, *, deadline: float = 3.0) -> Part:
    """Whether an index that is on a server answers; without it searching has a sentence instead of results."""
    name = f"index {service}"
    try:
        async with asyncio.timeout(deadline):
            await index.live()
    except (IndexUnavailable, TimeoutError) as error:
        return Part(name, Condition.DEGRADED, str(error)[:300] or "does not answer in time")
    return Part(name, Condition.WELL)


@dataclass(frozen=True)
class Watched:
    """A worker that can say what troubles it."""

    name: str
    trouble: Callable[[], str | None]

    def part(self) -> Part:
        """How it is now."""
        why = self.trouble()
        return Part(self.name, Condition.DEGRADED if why else Condition.WELL, why or "")
