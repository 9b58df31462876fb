"""Commands through HTTP with their messages, beside the bare insert of one SQLModel entity."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import uvloop
from sqlalchemy import Text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.storage.identifiers import new_id
from tests.bench.bench import Bench
from tests.bench.table import PER_SECOND, Limit, Row
from tests.bench.writers import Ports, citizens, unlike_any_word, writers

AT_ONCE = 8
_BODY = "On y compte les bancs, les arbres et les fontaines. " * 40

T = TypeVar("T")
R = TypeVar("R")


class Base(SQLModel, registry=registry()):
    """Apart from the tables of the services."""


class BenchEntity(Base, table=True):
    """A row as large as a contribution's."""

    id: str = Field(default_factory=lambda: str(new_id()), primary_key=True)
    title: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    bench.say("commands")
    rates: dict[str, list[float]] = {}
    inserts: list[float] = []
    for _ in range(bench.extent.runs):
        for name, rate in uvloop.run(_commands(bench, bench.extent.publications * 2)).items():
            rates.setdefault(name, []).append(rate)
        inserts.append(uvloop.run(_inserts(bench, bench.extent.publications * 2)))
    for name, runs in rates.items():
        limit = Limit(f"bare SQLModel insert, one a transaction, {AT_ONCE} at once", inserts)
        yield Row(f"command {name} over HTTP, {AT_ONCE} at once", PER_SECOND, runs, limit)


async def _commands(bench: Bench, number: int) -> dict[str, float]:
    async with writers(Ports.of_one(bench.platform.port)) as team:
        drafts, created = await _at_once([unlike_any_word() for _ in range(number)], team.create)
        waiting, submitted = await _at_once(drafts, team.submit)
        _, published = await _at_once(waiting, team.publish)
    async with citizens(bench) as people:
        # Fewer: nobody may argue more than once a second for long.
        _, argued = await _at_once(range(min(number // 2, 2 * people.number)), people.argue)
        _, registered = await _at_once(range(number), people.register)
    return {
        "create": created,
        "submit": submitted,
        "publish": published,
        "argue": argued,
        "register, or call it off": registered,
    }


async def _inserts(bench: Bench, number: int) -> float:
    async with bench.server() as server:
        engine = create_async_engine(server.maintenance.pooled, pool_size=AT_ONCE, max_overflow=0)
        sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)

            async def insert(number: int) -> None:
                async with sessions() as session, session.begin():
                    session.add(BenchEntity(title=f"Étude {number}", body=_BODY))

            await _at_once(list(range(AT_ONCE * 2)), insert)
            _, rate = await _at_once(list(range(number)), insert)
            return rate
        finally:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.drop_all)
            await engine.dispose()


async def _at_once(items: Sequence[T], do: Callable[[T], Awaitable[R]]) -> tuple[list[R], float]:
    """Do it for all items, `AT_ONCE` under way; the answers, and how many a second."""
    waiting = list(enumerate(items))[::-1]
    answers: dict[int, Any] = {}

    async def work() -> None:
        while waiting:
            place, item = waiting.pop()
            answers[place] = await do(item)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    rate = len(items) / (time.perf_counter() - began)
    return [answers[place] for place in range(len(items))], rate
