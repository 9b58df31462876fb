"""Start a cluster to look at: ``python -m tests.support.apache_kafka [how many brokers]``; Ctrl-C ends it."""

from __future__ import annotations

import asyncio
import sys

from tests.support.apache_kafka import VERSION, ApacheKafka


async def _run(brokers: int) -> None:
    async with ApacheKafka(brokers) as kafka:
        sys.stdout.write(f"Apache Kafka {VERSION}: KAFKA_BOOTSTRAP_SERVERS={','.join(kafka.addresses)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_run(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
    except KeyboardInterrupt:
        sys.exit(0)
