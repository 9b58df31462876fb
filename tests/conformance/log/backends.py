"""The adapters under test, each on a real server behind a proxy that can take it away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
import urllib.parse
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from kafka import KafkaProducer

from shared.messaging.kafka_log import KafkaLog, KafkaSettings
from shared.messaging.log import Log, LogUnavailable, Partition, Topic
from shared.messaging.postgres_log import PostgresLog
from shared.storage.embedded_postgres import EmbeddedPostgres, ServerSettings
from tests.support import brokers
from tests.support.proxy import Proxy
from tests.support.waiting import eventually


class OpenBatch(ABC):
    """A batch that was sent and is not committed yet."""

    @abstractmethod
    async def commit(self) -> None: ...

    @abstractmethod
    async def abort(self) -> None: ...


class Backend(ABC):
    """One adapter and its server."""

    name: str
    lacks: dict[str, str]
    """What the server cannot do → why; cases that need it are skipped with that reason."""
    proxy: Proxy | None = None
    patience: float = 20.0
    """Within how many seconds an outage must be noticed."""

    @abstractmethod
    def log(self) -> Log:
        """A log as wiring would build it, with short deadlines."""

    @abstractmethod
    async def open_batch(self, topic: Topic, keys: list[str]) -> OpenBatch: ...

    @abstractmethod
    async def compact(self, log: Log, partition: Partition, dirty: int) -> None:
        """Return once the partition, which has ``dirty`` records, was compacted."""


class PostgresBackend(Backend):
    name = "postgres"

    def __init__(self, url: str) -> None:
        self.lacks = {}
        self.url = url
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        port = int(query.get("port", parts.port or 5432))
        folder = query.get("host", parts.hostname or "")
        self.proxy = Proxy(
            lambda: (
                asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
                if folder.startswith("/")
                else asyncio.open_connection(folder, port)
            )
        )
        self._parts = parts
        self._database = ""

    async def start(self) -> None:
        assert self.proxy is not None
        await self.proxy.start()
        self._database = f"log_{uuid.uuid4().hex[:8]}"
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"CREATE DATABASE {self._database}")
        await connection.close()

    @property
    def dsn(self) -> str:
        assert self.proxy is not None
        account = self._parts.netloc.rpartition("@")[0]
        return f"postgresql://{account}@127.0.0.1:{self.proxy.port}/{self._database}?sslmode=disable"

    def log(self) -> PostgresLog:
        return PostgresLog(self.dsn, deadline=3, idle_poll=0.05, tombstones_kept=timedelta(hours=1))

    async def open_batch(self, topic: Topic, keys: list[str]) -> OpenBatch:
        return await _PostgresBatch.begin(self.dsn, topic, keys)

    async def compact(self, log: Log, partition: Partition, dirty: int) -> None:
        assert isinstance(log, PostgresLog)
        await log.keep_house()


class _PostgresBatch(OpenBatch):
    def __init__(self, connection: Any, transaction: Any) -> None:
        self._connection = connection
        self._transaction = transaction

    @classmethod
    async def begin(cls, dsn: str, topic: Topic, keys: list[str]) -> _PostgresBatch:
        connection = await asyncpg.connect(dsn)
        row = await connection.fetchval(
            "SELECT p.id FROM partition p JOIN topic t ON t.id = p.topic_id WHERE t.name = $1 AND number = 0",
            topic.name,
        )
        transaction = connection.transaction()
        await transaction.start()
        name = f"open-{uuid.uuid4()}"
        await connection.execute("INSERT INTO writer VALUES ($1, 1)", name)
        await connection.execute(
            "SELECT log_append($1, 1, $2, $3, $4, $5, $6, $7, $8)",
            name,
            [row],
            [len(keys)],
            [1] * len(keys),
            list(range(len(keys))),
            [key.encode() for key in keys],
            [b"open"] * len(keys),
            ["[]"] * len(keys),
        )
        return cls(connection, transaction)

    async def commit(self) -> None:
        await self._transaction.commit()
        await self._connection.close()

    async def abort(self) -> None:
        await self._transaction.rollback()
        await self._connection.close()


class KafkaBackend(Backend):
    name = "kafka"

    def __init__(self, address: str, lacks: dict[str, str], proxy: Proxy | None) -> None:
        self.address = address
        self.lacks = lacks
        self.proxy = proxy
        self.settings = KafkaSettings(
            (address,),
            # The light broker holds a join for half of it. On a machine with much else to do a member can be silent for
            # seconds; it comes back, but a test that waits for its first record must not find it gone.
            session_timeout_ms=6000 if brokers.is_apache() else 2000,
            fetch_max_wait_ms=20,
            bootstrap_timeout_ms=3000,
            request_timeout_ms=3000,
            append_timeout_ms=8000,
            transaction_timeout_ms=30_000,
            idle_check_ms=500,
            close_timeout_ms=1000,
        )

    def log(self) -> KafkaLog:
        return KafkaLog(self.settings)

    async def open_batch(self, topic: Topic, keys: list[str]) -> OpenBatch:
        def begin() -> Any:
            producer = KafkaProducer(**self.settings.producer_options(f"open-{uuid.uuid4()}"))
            producer.init_transactions()
            producer.begin_transaction()
            for key in keys:
                producer.send(topic.name, key=key.encode(), value=b"open", partition=0)
            producer.flush()
            return producer

        return _KafkaBatch(await asyncio.to_thread(begin))

    async def compact(self, log: Log, partition: Partition, dirty: int) -> None:
        """Only a closed segment is compacted, and only an append closes it: go on until it happened."""
        from tests.conformance.log.reading import append, read_all

        writer = log.writer(f"filler-{uuid.uuid4()}")
        await writer.open()
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            await append(writer, partition.topic, [("filler", b"x")])
            there = await read_all(log, [partition])
            if len([r for r in there if r.key != "filler"]) < dirty:
                await writer.close()
                return
            await asyncio.sleep(0.5)
        raise AssertionError("the broker did not compact within 90 s")


class _KafkaBatch(OpenBatch):
    def __init__(self, producer: Any) -> None:
        self._producer = producer

    async def commit(self) -> None:
        await asyncio.to_thread(self._producer.commit_transaction)
        await asyncio.to_thread(self._producer.close, 1)

    async def abort(self) -> None:
        await asyncio.to_thread(self._producer.abort_transaction)
        await asyncio.to_thread(self._producer.close, 1)


async def create_topics(log: Log, topics: Iterable[Topic]) -> None:
    """Once the broker does it: one that was just started may not answer within the suite's short deadlines."""
    wanted = list(topics)

    async def are_made() -> bool:
        try:
            await log.create_topics(wanted)
        except LogUnavailable:
            return False
        return True

    await eventually(are_made, deadline=120)


@contextlib.asynccontextmanager
async def running(name: str) -> AsyncIterator[Backend]:
    """The backend of that name with its server.

    ``DEMAIN_TEST_KAFKA=apache`` starts Apache Kafka itself, ``DEMAIN_TEST_KAFKA=host:port`` names a broker that
    runs. That one is taken away in the cases about outages only if it advertises an address the suite can listen
    on: ``DEMAIN_TEST_KAFKA_ADVERTISED=127.0.0.1:port``.
    """
    async with contextlib.AsyncExitStack() as stack:
        if name == "postgres":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demain-log-")))
            folder.chmod(0o755)
            server = EmbeddedPostgres(folder / "postgres", ServerSettings(fsync=False))
            url = await server.start()
            stack.push_async_callback(server.stop)
            postgres = PostgresBackend(url)
            await postgres.start()
            assert postgres.proxy is not None
            stack.push_async_callback(postgres.proxy.cut)
            yield postgres
        elif (address := os.environ.get(brokers.VARIABLE)) and not brokers.is_apache():
            host, _, port = address.rpartition(":")
            advertised = os.environ.get("DEMAIN_TEST_KAFKA_ADVERTISED")
            proxy = None
            if advertised:
                proxy = Proxy(lambda: asyncio.open_connection(host, int(port)), int(advertised.rpartition(":")[2]))
                await proxy.start()
                stack.push_async_callback(proxy.cut)
            lacks = {} if proxy else {"outage": "DEMAIN_TEST_KAFKA_ADVERTISED is not set"}
            yield KafkaBackend(advertised or address, lacks, proxy)
        else:
            yield await kafka_behind_proxy(stack)


async def kafka_behind_proxy(stack: contextlib.AsyncExitStack) -> KafkaBackend:
    """A broker with nothing on it, which can be taken away; gone when the stack is closed."""
    proxy = Proxy(lambda: asyncio.open_connection("127.0.0.1", started.port))
    started = await stack.enter_async_context(brokers.broker(advertised_port=proxy.port))
    await proxy.start()
    stack.push_async_callback(proxy.cut)
    return KafkaBackend(f"127.0.0.1:{proxy.port}", dict(started.lacks), proxy)
