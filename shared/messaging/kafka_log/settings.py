"""How to reach a Kafka cluster and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.messaging.kafka_log.client import PatientClient


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where Kafka is, how to sign in, and every deadline. Durations ending in ``_ms`` are milliseconds."""

    bootstrap_servers: tuple[str, ...]
    """``host:port`` of some brokers."""
    security_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_cafile: str | None = None
    """Certificates of the authorities that are trusted, PEM; None means those of the system."""
    ssl_certfile: str | None = None
    """Our own certificate, PEM, where the broker wants one; its key is in it or in ``ssl_keyfile``."""
    ssl_keyfile: str | None = None
    replication_factor: int = 1
    partitions: int = 1
    """Partitions of a topic that does not declare more."""
    session_timeout_ms: int = 45_000
    """How long a group waits for a silent member."""
    fetch_max_wait_ms: int = 500
    """How long the broker holds a fetch that has nothing to answer."""
    bootstrap_timeout_ms: int = 5_000
    request_timeout_ms: int = 10_000
    append_timeout_ms: int = 30_000
    """One whole append, from the first byte to the committed transaction."""
    transaction_timeout_ms: int = 60_000
    """After it the broker aborts what a dead writer left open; until then readers of the partition wait."""
    idle_check_ms: int = 5_000
    """A reader that got nothing for so long asks whether the broker is there at all."""
    close_timeout_ms: int = 3_000

    def __post_init__(self) -> None:
        if not self.bootstrap_servers:
            raise ValueError("bootstrap_servers: name at least one broker as host:port")
        if self.fetch_max_wait_ms >= self.request_timeout_ms:
            raise ValueError("fetch_max_wait_ms: must be smaller than request_timeout_ms")
        if self.append_timeout_ms > self.transaction_timeout_ms:
            raise ValueError("append_timeout_ms: must not be larger than transaction_timeout_ms")

    def client_options(self) -> dict[str, Any]:
        """Options that producer, consumer and admin client share."""
        return {
            "bootstrap_servers": list(self.bootstrap_servers),
            "bootstrap_timeout_ms": self.bootstrap_timeout_ms,
            "request_timeout_ms": self.request_timeout_ms,
            # A broker that comes back is found within a second, not within kafka-python's 30.
            "reconnect_backoff_max_ms": 1_000,
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
            "ssl_cafile": self.ssl_cafile,
            "ssl_certfile": self.ssl_certfile,
            "ssl_keyfile": self.ssl_keyfile,
        }

    def consumer_options(self, group: str | None) -> dict[str, Any]:
        """Options of a consumer that sees committed records only and commits only when told."""
        return self.client_options() | {
            "group_id": group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            "allow_auto_create_topics": False,
            "fetch_max_wait_ms": self.fetch_max_wait_ms,
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": max(100, self.session_timeout_ms // 5),
        }

    def producer_options(self, transactional_id: str) -> dict[str, Any]:
        """Options of a transactional producer; idempotence and acks=all come with the transactions."""
        return self.client_options() | {
            "kafka_client": PatientClient,
            "transactional_id": transactional_id,
            "transaction_timeout_ms": self.transaction_timeout_ms,
            "delivery_timeout_ms": max(self.append_timeout_ms - 1_000, 1_000),
            "max_block_ms": self.request_timeout_ms,
            # A transaction that follows another finds its coordinator still busy with the one before: kafka-python's
            # 100 ms would be most of what an append takes. Java's client waits 20 for the same answer.
            "retry_backoff_ms": 20,
            "allow_auto_create_topics": False,
            # A batch of the relay travels in few requests; the transaction waits for them anyway.
            "batch_size": 256 * 1024,
        }
