"""The steps of a message's way in a trace: created in a transaction, sent to the log, processed by each consumer.

Each is a span *under* the one before, also where many messages travel together: a batch has as many spans as messages,
and they share its time. One span for a batch with links to its messages would be fewer, and would end every trace at
the first hop (ADR 35). Names and attributes are OpenTelemetry's conventions for messaging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from shared.contracts.base import Contract
from shared.messaging.envelope import Incoming
from shared.runtime import telemetry
from shared.runtime.correlation import read_context, within
from shared.runtime.telemetry import Attribute, Kind, Step

_TRACE_HEADERS = frozenset({"traceparent", "tracestate"})


def creating(service: str, contract: Contract) -> AbstractContextManager[Step]:
    """A message is written to the outbox."""
    attributes = _of_message("create", contract.TOPIC, contract.id) | {"demain.message.type": contract.TYPE}
    return telemetry.step(f"create {contract.TOPIC}", Kind.PRODUCER, service=service, attributes=attributes)


@contextmanager
def sending(service: str, batch: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, str]]]:
    """A batch goes to the log in the block; gives the headers its messages leave with.

    ``batch`` has ``topic``, ``key`` and ``headers`` of each message, as they stand in the outbox.
    """
    if not telemetry.is_on():
        yield [message["headers"] for message in batch]
        return
    begun: list[Step] = []
    leaving: list[dict[str, str]] = []
    for message in batch:
        headers: dict[str, str] = message["headers"]
        step = telemetry.begin(
            f"send {message['topic']}",
            Kind.PRODUCER,
            service=service,
            under=read_context(headers.get("traceparent"), headers.get("tracestate")),
            attributes={
                **_of_message("send", message["topic"], message["key"]),
                "messaging.message.id": headers.get("ce_id", ""),
                "messaging.batch.message_count": len(batch),
            },
        )
        begun.append(step)
        others = {name: value for name, value in headers.items() if name not in _TRACE_HEADERS}
        leaving.append(others | step.context.headers)
    with telemetry.together(begun):
        yield leaving


@contextmanager
def processing(service: str, consumer: str, batch: Sequence[Incoming]) -> Iterator[list[Incoming]]:
    """A batch is applied in the block; gives its messages, each with its processing as what it comes from.

    A message alone is also what is being done now.
    """
    if not telemetry.is_on():
        yield list(batch)
        return
    begun = [
        telemetry.begin(
            f"process {message.topic}",
            Kind.CONSUMER,
            service=service,
            under=message.cause,
            attributes={
                **_of_message("process", message.topic, message.key),
                "messaging.message.id": message.id,
                "messaging.consumer.group.name": consumer,
                "messaging.batch.message_count": len(batch),
                "demain.message.type": message.contract.TYPE,
            },
        )
        for message in batch
    ]
    alone = within(begun[0].context) if len(begun) == 1 else nullcontext()
    with telemetry.together(begun), alone:
        yield [
            replace(message, traceparent=step.context.traceparent, tracestate=step.context.state or None)
            for message, step in zip(batch, begun, strict=True)
        ]


def _of_message(operation: str, topic: str, key: str) -> dict[str, Attribute]:
    return {
        "messaging.system": telemetry.NAMESPACE,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
        "demain.message.key": key,
    }
