"""kafka-python's connections, as its own producer takes them to be."""

from __future__ import annotations

from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient

_BETWEEN_TWO_MS = 100
"""For seconds after a broker's death the others still name it as the coordinator: they are not asked faster."""


class PatientClient(KafkaNetClient):  # type: ignore[misc]  # kafka-python has no types
    """A client for which a broker that refuses is not ready, rather than an error.

    The producer of kafka-python 3.0.12 forgets the request it was about to send to its transaction coordinator when
    that broker cannot be reached (``Sender._maybe_send_pending_request`` asks `await_ready` for False, and it raises).
    The records of the transaction then wait for that request, with one processor busy, until their delivery times
    out: half a minute after each death of a broker. Version 3.1 keeps the request; this can go with it.
    `tests/conformance/log/test_coordinator_away.py` shows both.
    """

    def await_ready(self, node_id: object, timeout_ms: float = 30_000) -> bool:
        """Whether the broker can be asked, after waiting ``timeout_ms`` at most. Raises on a refused sign-in only."""
        try:
            ready: bool = super().await_ready(node_id, timeout_ms=timeout_ms)
        except (kafka_errors.KafkaConnectionError, kafka_errors.UnknownBrokerIdError):
            self.poll(timeout_ms=_BETWEEN_TWO_MS)
            return False
        return ready

    def connection_delay(self, node_id: object) -> float:
        """Milliseconds until a connection is tried again: the producer waits so long, and 3.0.12 tells it seconds."""
        seconds: float = super().connection_delay(node_id)
        return seconds * 1000
