"""What stands on the log, what the probe heard of it, and what careless consumers would have."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import text

from shared.messaging.envelope import age_of
from shared.messaging.log import Log, Partition
from shared.storage.database import Database
from tests.faults.storm.careless import Careless
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.faults.deliveries import MARK
from tests.faults.storm.probe.service import NAME, TOPICS
from tests.faults.storm.town import Town
from tests.faults.verdict import Told, faults_of_log

Key = tuple[str, str]
Age = tuple[int, int]


@dataclass
class Truth:
    """The log, read from its beginning to its end."""

    identity: str
    by_topic: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    """What services told; without what the storm appended by itself."""
    ends: dict[Partition, int] = field(default_factory=dict)
    """Where whoever heard everything reads on."""

    @property
    def said(self) -> Counter[tuple[Key, Age]]:
        """Each message, and how often it stands there."""
        return Counter(
            ((topic, one.key), (one.epoch, one.ordinal)) for topic, all_ in self.by_topic.items() for one in all_
        )

    @property
    def newest(self) -> dict[Key, Age]:
        """The newest message of each key."""
        found: dict[Key, Age] = {}
        for key, age in self.said:
            found[key] = max(found.get(key, age), age)
        return found


async def read(log: Log) -> Truth:
    """Read all topics."""
    truth = Truth(await log.identity())
    reader = log.reader()
    try:
        partitions = [p for topic in TOPICS for p in await log.partitions(topic.name)]
        await reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
            for record in await reader.poll(1.0):
                truth.ends[record.partition] = record.offset + 1
                if MARK not in record.headers:
                    one = Told(record.key, *age_of(record), content=record.value)
                    truth.by_topic[record.partition.topic].append(one)
    finally:
        await reader.close()
    return truth


def check_order(town: Town, truth: Truth, facts: Facts) -> None:
    """Of each key every message is there, in its order."""
    what = "on the log a key's messages are whole and in order"
    if "fencing" in town.broker.lacks:
        facts.not_checked[what] = town.broker.lacks["fencing"]
        return
    for topic, told in truth.by_topic.items():
        broken = defaultdict(list)
        for fault in faults_of_log(told):
            broken[fault.split()[0].rstrip(":")].append(fault)
        for key in {one.key for one in told}:
            facts.check(what, key not in broken, f"{topic} {broken.get(key)}")


async def _rows(database: Database, who: str) -> list[tuple[Key, Age]]:
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT topic, key, epoch, ordinal FROM hearing WHERE who = :who ORDER BY seq"), {"who": who}
        )
        return [((row.topic, row.key), (row.epoch, row.ordinal)) for row in rows]


def doubles(rows: list[tuple[Key, Age]]) -> list[str]:
    """What was applied twice."""
    return [f"{key} {age}: {times} times" for (key, age), times in Counter(rows).items() if times > 1]


def losses(rows: list[tuple[Key, Age]], truth: Truth) -> list[Key]:
    """Keys whose newest message was never applied. Older ones may be overtaken: the newest state is enough."""
    applied = defaultdict(set)
    for key, age in rows:
        applied[key].add(age)
    return [key for key, age in truth.newest.items() if age not in applied[key]]


async def check_probe(town: Town, truth: Truth, facts: Facts) -> None:
    """The platform's own consumer applied everything, once, in order, wherever it was killed."""
    database = town.database_of(NAME)
    try:
        rows = await _rows(database, NAME)
    finally:
        await database.close()
    doubled, lost = doubles(rows), set(losses(rows, truth))
    by_key: dict[Key, list[Age]] = defaultdict(list)
    for key, age in rows:
        by_key[key].append(age)
    for key in truth.newest:
        facts.check("the probe lost nothing", key not in lost, f"{key} {truth.newest[key]}")
    for key, ages in by_key.items():
        facts.check("the probe heard a key in order, and nothing twice", ages == sorted(set(ages)), f"{key} {ages}")
    facts.check("the probe heard nothing twice", not doubled, "; ".join(doubled))


async def check_careless(town: Town, log: Log, truth: Truth, facts: Facts, seed: int) -> str:
    """The checks above find out who takes no care; what they found."""
    database = town.database_of(NAME)
    found = []
    try:
        for name, first in (("applies first", False), ("offsets first", True)):
            careless = Careless(name, database, log, random.Random(f"{seed} {name}"), offsets_first=first)
            await careless.read_all()
            rows = await _rows(database, name)
            doubled, lost = doubles(rows), losses(rows, truth)
            caught = bool(lost) if first else bool(doubled) and not lost
            facts.check("control: who takes no care is found out", caught, f"{name}: {len(doubled)} and {len(lost)}")
            found.append(f"{name}, killed {careless.deaths} times: {len(doubled)} doubles and {len(lost)} losses found")
    finally:
        await database.close()
    return "; ".join(found)
