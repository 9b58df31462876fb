"""The log in a PostgreSQL database of its own, which one process owns."""

from shared.messaging.postgres_log.log import PostgresLog

__all__ = ["PostgresLog"]
