"""What comes over the log and should not: duplicates, messages nobody can read, members that come and go."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.registry import SERVICES
from shared.contracts.contributions import CONTRIBUTIONS
from shared.contracts.debates import ARGUMENTS
from shared.contracts.events import SESSIONS
from shared.contracts.identity import DENIALS, PEOPLE
from tests.faults.storm.faults.fault import Fault
from tests.faults.storm.town import PARTITIONS, Town

MARK = ("storm", b"appended by the storm itself")
"""The header of all records that no service told."""

POISON = "storm-poison"
"""How the key of a message that cannot be read begins."""

GROUPS = tuple(service.reactions.consumer for service in SERVICES if service.reactions is not None)

MOST = 200
"""Records that are said again, at most."""
SILENT = 20
"""Polls without a record, of half a second each, after which what was found is enough."""


def _producer(town: Town) -> Any:
    return KafkaProducer(bootstrap_servers=[town.broker.address], acks="all", retries=5, request_timeout_ms=15_000)


def _append(town: Town, records: list[tuple[str, int | None, bytes, bytes, list[tuple[str, bytes]]]]) -> None:
    producer = _producer(town)
    try:
        sent = [
            producer.send(topic, value, key=key, headers=[*headers, MARK], partition=partition)
            for topic, partition, key, value, headers in records
        ]
        producer.flush(timeout=30)
        for one in sent:
            one.get(timeout=30)
    finally:
        producer.close(timeout=5)


class Duplicated(Fault):
    """What was delivered is delivered again, verbatim and in order, as by a relay that did not note what it sent."""

    name = "duplicated deliveries"

    async def begin(self) -> None:
        """The end of a partition."""
        topic = self.dice.choice([CONTRIBUTIONS.name, ARGUMENTS.name, PEOPLE.name])
        count = self.dice.randrange(10, MOST)
        again = await asyncio.to_thread(self._again, topic, count)
        self.detail = f"{again} of {topic}"

    def _again(self, topic: str, count: int) -> int:
        consumer = KafkaConsumer(
            bootstrap_servers=[self.town.broker.address], enable_auto_commit=False, isolation_level="read_committed"
        )
        found: list[Any] = []
        try:
            partition = TopicPartition(topic, self.dice.randrange(PARTITIONS))
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            end = consumer.end_offsets([partition])[partition]
            silent = 0
            while consumer.position(partition) < end and silent < SILENT:
                polled = consumer.poll(timeout_ms=500).get(partition, [])
                silent = 0 if polled else silent + 1
                found += [record for record in polled if MARK not in record.headers]
        finally:
            consumer.close()
        found = found[-count:]
        _append(self.town, [(topic, r.partition, r.key, r.value, list(r.headers)) for r in found])
        return len(found)


class Poison(Fault):
    """Messages that nobody can read."""

    name = "a poison message"

    async def begin(self) -> None:
        """One that is no JSON, one that does not even say how old it is, one whose content does not fit."""
        contract = {
            PEOPLE.name: "demain.identity.PersonNamed",
            DENIALS.name: "demain.identity.AccessDenied",
            CONTRIBUTIONS.name: "demain.contributions.ContributionPublished",
            ARGUMENTS.name: "demain.contributions.ArgumentMade",
        }
        topic = self.dice.choice(sorted(contract))
        key = f"{POISON}-{self.dice.randrange(10**9)}".encode()
        age = [("epoch", b"1"), ("ordinal", b"1")]
        schema = [("ce_dataschema", f"urn:{contract[topic]}:v1".encode())]
        records = [
            (topic, None, key, b"{ no JSON \xff", [*age, *schema]),
            (topic, None, key + b"-b", b"{}", schema),
            (topic, None, str(uuid.UUID(int=self.dice.getrandbits(128))).encode(), b'{"id": 7}', [*age, *schema]),
        ]
        self.detail = f"three in {topic}"
        await asyncio.to_thread(_append, self.town, records)


class FromTheFuture(Fault):
    """A message of a kind this version does not know: its partition waits until the next version is deployed."""

    name = "a message of an unknown version, then an upgrade"

    @classmethod
    def impossible(cls, town: Town) -> str:
        """An upgrade happens once."""
        return "the upgrade has happened" if town.knows_more else ""

    async def begin(self) -> None:
        """Its consumers stop before it."""
        id = str(uuid.UUID(int=self.dice.getrandbits(128)))
        headers = [("epoch", b"1"), ("ordinal", b"1"), ("ce_dataschema", b"urn:demain.events.SessionForgotten:v1")]
        await asyncio.to_thread(
            _append, self.town, [(SESSIONS.name, None, id.encode(), f'{{"id": "{id}"}}'.encode(), headers)]
        )

    async def end(self) -> None:
        """They are stopped in order, and the next version is started."""
        for process in self.town.upgrade():
            await process.stop()
            process.start()


class Rebalances(Fault):
    """A member that nobody knows joins the groups and leaves them, over and over."""

    name = "a rebalance storm"

    def __init__(self, town: Town, dice: Any) -> None:
        super().__init__(town, dice)
        self._over = threading.Event()
        self._members: list[asyncio.Task[int]] = []

    async def begin(self) -> None:
        """One stranger in each group."""
        self._members = [asyncio.create_task(asyncio.to_thread(self._come_and_go, group)) for group in GROUPS]

    def _come_and_go(self, group: str) -> int:
        service = next(one for one in SERVICES if one.reactions is not None and one.reactions.consumer == group)
        assert service.reactions is not None
        came = 0
        while not self._over.is_set():
            consumer = KafkaConsumer(
                *service.reactions.topics,
                bootstrap_servers=[self.town.broker.address],
                group_id=group,
                enable_auto_commit=False,
                session_timeout_ms=6000,
                heartbeat_interval_ms=1000,
                allow_auto_create_topics=False,
            )
            try:
                # What it gets it does not apply, and it commits nothing.
                consumer.poll(timeout_ms=1000)
                came += 1
            finally:
                consumer.close(timeout_ms=2000)
        return came

    async def end(self) -> None:
        """It stays away."""
        self._over.set()
        came = await asyncio.gather(*self._members, return_exceptions=True)
        self.detail = f"{sum(one for one in came if isinstance(one, int))} times"
