"""After the storm: everything that was behind has caught up, by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import text

from services.registry import SERVICES
from shared.messaging.log import Log, LogError, Partition
from shared.messaging.reactions import Reactions
from shared.projection.projection import orphans
from tests.faults.storm.checks import told
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.faults.deliveries import MARK
from tests.faults.storm.probe.service import SERVICE as PROBE
from tests.faults.storm.town import Town
from tests.support.waiting import eventually

PATIENCE = 180.0
"""Seconds until everything has caught up: longer than every backoff, on a machine with other work."""

ALL = (*SERVICES, PROBE)


async def check(town: Town, log: Log, facts: Facts) -> told.Truth:
    """Wait for it; what stands on the log then. What is still behind is a fact that does not hold."""
    behind: dict[str, str] = {"nothing": "was looked at yet"}
    truth = told.Truth("")

    async def caught_up() -> bool:
        nonlocal truth
        behind.clear()
        try:
            for name, process in town.processes.items():
                if not await process.ready():
                    behind[f"{name} is ready"] = "is not"
            behind.update(await _outboxes(town))
            if not behind:
                truth = await told.read(log)
                behind.update(await _places(town, truth))
                behind.update(await _projection(town))
        except (OSError, LogError) as error:
            behind["an answer"] = repr(error)
        return not behind

    began = time.monotonic()
    try:
        await eventually(caught_up, deadline=PATIENCE, every=1.0)
    except AssertionError:
        said = "\n".join(f"--- {name}\n{town.processes[name].said()}" for name in town.processes if name in str(behind))
        facts.check("everything has caught up", False, f"{behind}\n{said}")
        return await told.read(log)
    facts.seconds_to_calm = time.monotonic() - began
    for one in _consumers():
        for partition in truth.ends:
            if partition.topic in one.topics:
                facts.check("a consumer's lag is zero", True, "")
    for service in ALL:
        facts.check("an outbox is empty", True, "")
        facts.check("only what the storm spoilt is parked", *(await _parked(town, service.name)))
    facts.check("the index shows what the tables say", True, "")
    return truth


def _consumers() -> Iterator[Reactions]:
    for service in ALL:
        if service.reactions is not None:
            yield service.reactions
        if service.projection is not None:
            yield service.projection.reactions


async def _outboxes(town: Town) -> dict[str, str]:
    behind = {}
    for service in ALL:
        waiting = await _number(town, service.name, "SELECT count(*) FROM outbox")
        if waiting:
            behind[f"the outbox of {service.name}"] = f"has {waiting} messages"
    return behind


async def _places(town: Town, truth: told.Truth) -> dict[str, str]:
    """Every consumer has stored that it applied the last record of each of its partitions."""
    behind = {}
    for service in ALL:
        sets = [service.reactions, service.projection.reactions if service.projection else None]
        for reactions in sets:
            if reactions is None:
                continue
            stored = await _stored(town, service.name, reactions.consumer, truth.identity)
            for partition, end in truth.ends.items():
                if partition.topic in reactions.topics and stored.get(partition, 0) < end:
                    behind[f"{reactions.consumer} at {partition}"] = f"{stored.get(partition, 0)} of {end}"
    return behind


async def _stored(town: Town, service: str, consumer: str, log_id: str) -> dict[Partition, int]:
    database = town.database_of(service)
    try:
        async with database.transaction() as session:
            rows = await session.execute(
                text("SELECT topic, partition, next_offset FROM consumed WHERE consumer = :consumer AND log = :log"),
                {"consumer": consumer, "log": log_id},
            )
            return {Partition(row.topic, row.partition): row.next_offset for row in rows}
    finally:
        await database.close()


async def _projection(town: Town) -> dict[str, str]:
    behind = {}
    database = town.database_of("search")
    try:
        async with database.transaction() as session:
            dirty = int((await session.execute(text("SELECT count(*) FROM dirt"))).scalar_one())
            tasks = text("SELECT count(*) FROM index_task WHERE finished_at IS NULL")
            working = int((await session.execute(tasks)).scalar_one())
            alone = await orphans(session)
    finally:
        await database.close()
    for what, count in (("documents not indexed", dirty), ("rebuilds", working), ("orphans", alone)):
        if count:
            behind[f"search: {what}"] = str(count)
    return behind


async def _parked(town: Town, service: str) -> tuple[bool, str]:
    strangers = await _number(
        town, service, "SELECT count(*) FROM parked_message WHERE NOT headers ? :mark", mark=MARK[0]
    )
    return strangers == 0, f"{service} has parked {strangers} messages that services told"


async def _number(town: Town, service: str, statement: str, **bound: str) -> int:
    database = town.database_of(service)
    try:
        async with database.transaction() as session:
            return int((await session.execute(text(statement), bound)).scalar_one())
    finally:
        await database.close()
