"""The envelope: CloudEvents 1.0 in Kafka *binary* mode, attributes as headers and JSON as value.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from shared.contracts import base
from shared.messaging.log import Received, Record
from shared.runtime.correlation import TraceContext, read_context

LARGEST_PAYLOAD = 900_000
"""Bytes of JSON a message may have; brokers refuse records a little above that."""


class PayloadTooLarge(ValueError):
    """The message would be refused by the log; names the largest field."""


class BadEnvelope(ValueError):
    """A record that is not one of our messages; says which header is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a consumer sees it."""

    contract: base.Contract
    topic: str
    key: str
    epoch: int
    ordinal: int
    id: str
    time: datetime
    traceparent: str | None
    tracestate: str | None = None

    @property
    def cause(self) -> TraceContext | None:
        """The place in a trace it was sent from."""
        return read_context(self.traceparent, self.tracestate)

    @property
    def age(self) -> tuple[int, int]:
        """(epoch, ordinal): of two messages of one key the greater is the newer."""
        return self.epoch, self.ordinal


def payload_of(contract: base.Contract) -> bytes:
    """The JSON value of a message. Raises PayloadTooLarge naming the field that weighs most."""
    fields = contract.model_dump(mode="json")
    payload = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    if len(payload) > LARGEST_PAYLOAD:
        heaviest = max(fields, key=lambda name: len(json.dumps(fields[name], ensure_ascii=False).encode()))
        raise PayloadTooLarge(
            f"{heaviest}: the message has {len(payload):,} bytes, at most {LARGEST_PAYLOAD:,} can be told;"
            " make this field shorter"
        )
    return payload


def headers_of(contract: base.Contract, *, source: str, ordinal: int, epoch: int, traceparent: str) -> dict[str, str]:
    """The attributes of a message, as they stand in the outbox and on the log."""
    return {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(uuid7()),
        "ce_source": f"/{source}",
        "ce_type": contract.TYPE,
        "ce_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "ce_subject": contract.id,
        "ce_dataschema": base.schema_of(type(contract)),
        "traceparent": traceparent,
        "ordinal": str(ordinal),
        "epoch": str(epoch),
    }


def record_of(topic: str, key: str, payload: bytes, headers: dict[str, str]) -> Record:
    """The record a relay appends."""
    return Record(topic, key, payload, tuple((name, value.encode()) for name, value in headers.items()))


def age_of(received: Received) -> tuple[int, int]:
    """(epoch, ordinal) from the headers alone. Raises BadEnvelope."""
    return _age(received.all_headers())


def _age(headers: Mapping[str, str]) -> tuple[int, int]:
    try:
        return int(headers.get("epoch", "")), int(headers.get("ordinal", ""))
    except ValueError:
        raise BadEnvelope("headers epoch and ordinal must be whole numbers") from None


def open_envelope(received: Received) -> Incoming:
    """Read a record.

    Raises BadEnvelope, base.UnknownContract, or ValueError (which pydantic's errors are) for its content.
    """
    headers = received.all_headers()
    epoch, ordinal = _age(headers)
    schema = headers.get("ce_dataschema")
    if schema is None or received.value is None:
        raise BadEnvelope("header ce_dataschema or the value is missing")
    payload = json.loads(received.value)
    if not isinstance(payload, dict):
        raise BadEnvelope("the value is not a JSON object")
    time = headers.get("ce_time")
    return Incoming(
        contract=base.read(schema, payload),
        topic=received.partition.topic,
        key=received.key,
        epoch=epoch,
        ordinal=ordinal,
        id=headers.get("ce_id", ""),
        time=datetime.fromisoformat(time) if time else datetime.now(UTC),
        traceparent=headers.get("traceparent"),
        tracestate=headers.get("tracestate"),
    )
