"""Several consumers of one service join and leave its group, also by kill -9 and by falling silent, as messages flow:
each is applied once, and of each key in order.

The hearer appends a row for each application, so that a double, a loss and a wrong order are seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from shared.messaging import guards
from shared.messaging.kafka_log import KafkaLog
from shared.messaging.log import Log, Partition
from shared.messaging.relay import Relay
from shared.storage.database import Database
from tests.conformance.log.backends import KafkaBackend, create_topics, kafka_behind_proxy
from tests.messaging.bulletin.commands import posted, retitled
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.hearer.service import Hearing, hearings
from tests.messaging.working import at_work, relayed
from tests.support import brokers
from tests.support.waiting import eventually

PARTITIONS = 6
PATIENCE = 120.0
"""Seconds a group may take to agree on a machine with much else to do."""


class Member:
    """A process of the hearer."""

    def __init__(self, dsn: str, kafka: str, place: Path, careless: str) -> None:
        self._place = place
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.messaging.hearer.process", dsn, kafka, str(place), careless],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.silent = False

    @property
    def partitions(self) -> list[int]:
        """Those it has, as far as it knows."""
        assert self.process.poll() is None, f"a hearer ended by itself with {self.process.returncode}"
        return [int(number) for number in json.loads(self._place.read_text())] if self._place.exists() else []

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@dataclass
class Crew:
    """All consumers of the service."""

    database: Database
    kafka: str
    folder: Path
    careless: str = "careful"
    members: list[Member] = field(default_factory=list)
    _joined: int = 0

    async def join(self) -> None:
        self._joined += 1
        place = self.folder / f"member-{self._joined}"
        self.members.append(Member(self.database.address.dsn, self.kafka, place, self.careless))
        await self.share()

    async def leave(self) -> None:
        member = self.members.pop(0)
        member.tell(signal.SIGTERM)
        assert await asyncio.to_thread(member.process.wait) == 0
        await self.share()

    async def killed(self) -> None:
        member = self.members.pop(0)
        member.tell(signal.SIGKILL)
        await asyncio.to_thread(member.process.wait)
        await self.share()

    async def falls_silent(self) -> None:
        """One is stopped, in the middle of whatever it does, until the others have all; then it goes on."""
        member = self.members[0]
        member.silent = True
        member.tell(signal.SIGSTOP)
        await self.share()
        member.tell(signal.SIGCONT)
        member.silent = False
        await self.share()

    async def share(self) -> None:
        """Wait until each partition is one member's, and each member has some."""

        def shared() -> bool:
            each = [member.partitions for member in self.members if not member.silent]
            return all(each) and sorted(number for one in each for number in one) == list(range(PARTITIONS))

        await eventually(shared, deadline=PATIENCE, every=0.1)

    async def settles(self, log: Log) -> None:
        """Wait until all that is on the log was read."""
        last: dict[Partition, int] = {}
        reader = log.reader()
        partitions = await log.partitions(BULLETINS.name)
        await reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
            last.update({record.partition: record.offset for record in await reader.poll(1.0)})
        await reader.close()
        identity = await log.identity()

        async def all_read() -> bool:
            async with self.database.transaction() as session:
                stored = await guards.stored_offsets(session, "hearer", identity)
            return all(stored.get(partition, 0) > offset for partition, offset in last.items())

        await eventually(all_read, deadline=PATIENCE, every=0.2)

    def end(self) -> None:
        for member in self.members:
            if member.process.poll() is None:
                member.tell(signal.SIGKILL)
                member.process.wait()


@dataclass
class Talk:
    """Somebody posts and retitles without a pause."""

    database: Database
    told: dict[UUID, int] = field(default_factory=dict)
    """Id → how many messages."""
    enough: bool = False

    async def run(self) -> None:
        names: list[UUID] = []
        while not self.enough:
            id = await posted(self.database, "one")
            self.told[id] = 1
            names.append(id)
            if len(names) % 4 == 0:  # most are told of once: of those a loss is seen for sure
                again = names[len(names) // 2]
                await retitled(self.database, again, "another")
                self.told[again] += 1
            await asyncio.sleep(0.02)


def faults(told: dict[UUID, int], applied: Sequence[Hearing]) -> Counter[str]:
    """``double``, ``lost`` and ``out of order``: how often each."""
    found: Counter[str] = Counter()
    ordinals: dict[str, list[int]] = defaultdict(list)
    for one in applied:
        ordinals[one.id].append(one.ordinal)
    for id, count in told.items():
        mine = ordinals[str(id)]
        found["double"] += len(mine) - len(set(mine))
        # A state that a newer one replaced before it was applied is passed over; the newest never is.
        found["lost"] += count not in mine
        found["out of order"] += mine != sorted(mine)
    return +found


@pytest_asyncio.fixture
async def kafka() -> AsyncIterator[KafkaBackend]:
    async with AsyncExitStack() as stack:
        there = await kafka_behind_proxy(stack)
        there.settings = replace(there.settings, partitions=PARTITIONS)
        yield there


@pytest_asyncio.fixture
async def log(kafka: KafkaBackend) -> AsyncIterator[KafkaLog]:
    there = kafka.log()
    await create_topics(there, [BULLETINS])
    assert len(await there.partitions(BULLETINS.name)) == PARTITIONS
    yield there
    await there.close()


@pytest.fixture
def crew(hearer: Database, kafka: KafkaBackend, tmp_path: Path) -> Iterator[Crew]:
    made = Crew(hearer, kafka.address, tmp_path)
    yield made
    made.end()


async def test_members_come_and_go_and_nothing_is_lost_doubled_or_reordered(
    crew: Crew, log: KafkaLog, speaker: Database, hearer: Database
) -> None:
    talk = Talk(speaker)
    async with at_work(Relay(speaker, log).run):
        talking = asyncio.create_task(talk.run())
        await crew.join()
        await crew.join()
        await crew.killed()
        await crew.join()
        await crew.join()
        await crew.falls_silent()
        await crew.leave()
        await crew.killed()
        talk.enough = True
        await talking
        await relayed(speaker)
        await crew.settles(log)

    assert faults(talk.told, await hearings(hearer)) == {}
    assert len({one.id for one in await hearings(hearer)}) == len(talk.told) > 100


@pytest.mark.skipif(
    not brokers.is_apache(), reason="the same on the light broker would prove the same: make test-kafka"
)
@pytest.mark.parametrize(("careless", "fault"), [("unguarded", "double"), ("offsets-first", "lost")])
async def test_control_careless_consumers_double_or_lose(
    crew: Crew, log: KafkaLog, speaker: Database, hearer: Database, careless: str, fault: str
) -> None:
    crew.careless = careless
    talk = Talk(speaker)
    found: Counter[str] = Counter()
    async with at_work(Relay(speaker, log).run):
        talking = asyncio.create_task(talk.run())
        await crew.join()
        await crew.join()
        for _ in range(6):  # whoever was idle at that moment doubles and loses nothing
            if careless == "unguarded":
                await crew.falls_silent()
                found = faults(talk.told, await hearings(hearer))
                if found["double"]:
                    break
            else:
                await crew.killed()
                await crew.join()
        talk.enough = True
        await talking
        await relayed(speaker)
        await crew.settles(log)

    assert faults(talk.told, await hearings(hearer))[fault] > 0


@pytest.mark.parametrize(
    ("ordinals", "found"),
    [
        ([1, 2, 3], {}),
        ([1, 3], {}),
        ([1, 2], {"lost": 1}),
        ([], {"lost": 1}),
        ([1, 3, 3], {"double": 1}),
        ([3, 2], {"out of order": 1}),
    ],
)
def test_control_of_the_verdict(ordinals: list[int], found: dict[str, int]) -> None:
    id = UUID(int=1)

    assert faults({id: 3}, [Hearing(str(id), 1, ordinal, "") for ordinal in ordinals]) == found
