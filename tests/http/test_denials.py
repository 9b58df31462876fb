"""The deny list as every process keeps it: what is told bites at once, and an outage of the log changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.auth.denials import DenialList
from shared.contracts.base import Contract
from shared.contracts.identity import AccessDenied, AccessRestored
from shared.messaging.envelope import headers_of, payload_of, record_of
from shared.messaging.log import LogUnavailable, Partition, Received
from shared.storage.identifiers import new_id
from tests.messaging.working import at_work
from tests.support.waiting import eventually


class _Topic:
    """One topic of a log in memory, which can be away."""

    def __init__(self) -> None:
        self.records: list[Received] = []
        self.away = False
        self._at = 0

    def tell(self, contract: Contract, ordinal: int, *, epoch: int = 1) -> None:
        headers = headers_of(contract, source="identity", ordinal=ordinal, epoch=epoch, traceparent="")
        record = record_of(contract.TOPIC, contract.id, payload_of(contract), headers)
        place = Partition(contract.TOPIC, 0)
        self.records.append(Received(place, len(self.records), contract.id, record.value, record.headers))

    def _there(self) -> None:
        if self.away:
            raise LogUnavailable("the log is away")

    async def identity(self) -> str:
        self._there()
        return "a log"

    def reader(self, group: str | None = None) -> _Topic:
        return self

    async def partitions(self, topic: str) -> list[Partition]:
        self._there()
        return [Partition(topic, 0)]

    async def assign(self, partitions: Sequence[Partition]) -> None:
        self._there()

    async def begin_offsets(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        self._there()
        return dict.fromkeys(partitions, len(self.records))

    async def positions(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, self._at)

    async def seek(self, partition: Partition, offset: int) -> None:
        self._at = offset

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        await asyncio.sleep(0.01)
        self._there()
        found, self._at = self.records[self._at :], len(self.records)
        return found

    async def close(self) -> None:
        return None


def denied(person: UUID, since: datetime | None = None) -> AccessDenied:
    return AccessDenied(id=str(person), since=since or datetime.now(UTC))


async def test_who_is_denied_is_refused_until_it_is_lifted() -> None:
    topic, person, other = _Topic(), new_id(), new_id()
    topic.tell(denied(person), 1)
    kept = DenialList(topic)  # type: ignore[arg-type]
    assert not await kept.refuses(person), "the control: nothing was heard yet"

    async with at_work(kept.run):
        await eventually(lambda: kept.is_current(5))
        assert (await kept.refuses(person), await kept.refuses(other)) == (True, False)
        topic.tell(AccessRestored(id=str(person)), 2)
        await eventually(lambda: _not(kept, person))
        topic.tell(denied(person), 1)  # told again by a relay, later
        topic.tell(denied(other), 1)
        await eventually(lambda: kept.refuses(other))
        assert not await kept.refuses(person), "an older message changes nothing"


async def _not(kept: DenialList, person: UUID) -> bool:
    return not await kept.refuses(person)


async def test_while_the_log_is_away_the_last_list_holds_and_health_says_so() -> None:
    topic, person = _Topic(), new_id()
    topic.tell(denied(person), 1)
    kept = DenialList(topic)  # type: ignore[arg-type]
    async with at_work(kept.run):
        await eventually(lambda: kept.is_current(5) and kept.complaint() is None)
        topic.away = True
        await eventually(lambda: kept.complaint() is not None)
        assert await kept.refuses(person)
        topic.away = False
        await eventually(lambda: kept.complaint() is None)
        assert await kept.refuses(person)


async def test_only_what_is_recent_is_swept_for() -> None:
    topic, long_ago, now = _Topic(), new_id(), new_id()
    topic.tell(denied(long_ago, datetime.now(UTC) - timedelta(days=3)), 1)
    topic.tell(denied(now), 1)
    kept = DenialList(topic)  # type: ignore[arg-type]
    async with at_work(kept.run):
        await eventually(lambda: kept.is_current(5))

    assert kept.denied_after(0) == ([str(now)], 1)
    assert kept.denied_after(1) == ([], 1)
