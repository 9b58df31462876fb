"""Says what other services would say, as records read from the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from shared.contracts.base import Contract
from shared.messaging.envelope import headers_of, payload_of, record_of
from shared.messaging.log import Partition, Received

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Speaker:
    """Numbers messages as their owners do: ordinals by entity, offsets by topic."""

    def __init__(self) -> None:
        self._ordinals: Counter[tuple[str, str]] = Counter()
        self._offsets: Counter[str] = Counter()

    def says(self, contract: Contract, *, epoch: int = 1, ordinal: int | None = None) -> Received:
        """The record of a message: the entity's next unless ``ordinal`` says otherwise."""
        place = (contract.TOPIC, contract.id)
        if ordinal is None:
            self._ordinals[place] += 1
            ordinal = self._ordinals[place]
        headers = headers_of(contract, source="tests", ordinal=ordinal, epoch=epoch, traceparent=TRACE)
        record = record_of(contract.TOPIC, contract.id, payload_of(contract), headers)
        return Received(
            Partition(contract.TOPIC, 0), self._next_offset(contract.TOPIC), contract.id, record.value, record.headers
        )

    def again(self, record: Received) -> Received:
        """The same message, later on the log: a redelivery by the relay."""
        return replace(record, offset=self._next_offset(record.partition.topic))

    def _next_offset(self, topic: str) -> int:
        self._offsets[topic] += 1
        return self._offsets[topic] - 1


def spoiled(record: Received, value: bytes = b"{") -> Received:
    """The record with a value nobody can read."""
    return replace(record, value=value)


def with_header(record: Received, name: str, value: str) -> Received:
    """The record with another header."""
    headers = tuple((n, v) for n, v in record.headers if n != name)
    return replace(record, headers=(*headers, (name, value.encode())))
