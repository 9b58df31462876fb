"""The platform under test: each service as processes of its own, as ``demain serve`` runs them, and what they need."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.registry import SERVICES
from shared.messaging.log import Log
from shared.runtime.beginning import begin
from shared.runtime.platform import migrate, parts
from shared.settings import Settings
from shared.storage.database import Database, DatabaseAddress
from tests.faults.storm.broker import BrokerServer
from tests.faults.storm.database import DatabaseServer
from tests.faults.storm.index import IndexKeeper
from tests.faults.storm.people import Person, enrol
from tests.faults.storm.probe.service import NAME as PROBE_NAME
from tests.faults.storm.probe.service import SERVICE as PROBE
from tests.faults.storm.process import Process
from tests.support.ports import free_port

COPIES = {"identity": 1, "contributions": 2, "events": 2, "partners": 1, "search": 1, "web": 1}
"""Processes of each service: of two the relays and consumers take over from one another."""

CITIZENS = 24
PARTITIONS = 2
"""Of each topic: enough for two members of a group to share them."""


class Town:
    """``async with Town() as town``: everything started and ready; gone at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="demain-storm-"))
        self.database = DatabaseServer()
        self.broker = BrokerServer()
        self.index = IndexKeeper()
        self.processes: dict[str, Process] = {}
        self.people: dict[str, Person] = {}
        self.knows_more = False
        """Whether search and the probe were brought to the next version."""

    async def __aenter__(self) -> Town:
        try:
            await asyncio.gather(self.broker.start(), self.database.start(), self.index.start())
            await self._prepare()
            for name, copies in (COPIES | self.index.copies).items():
                for number in range(copies):
                    self._add(f"{name}-{number + 1}", [sys.executable, "-m", "services.cli", "serve", name])
            self._add(PROBE_NAME, [sys.executable, "-m", "tests.faults.storm.probe"])
            environ = self._environ() | await self.index.environ()
            for process in self.processes.values():
                process.environ |= environ
                process.start()
            for process in self.processes.values():
                await process.wait_until_it_answers()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
        await self.broker.end()
        await self.database.end()
        await self.index.end()
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def name(self) -> str:
        """What it stands on."""
        return f"{self.broker.name}, PostgreSQL, {self.index.name}"

    def of(self, service: str) -> Sequence[Process]:
        """The processes of a service."""
        return [process for process in self.processes.values() if process.service == service]

    def settings(self) -> Settings:
        """As every process has them."""
        return Settings(
            data_dir=self.folder / "data",
            database_url=self.database.url,  # type: ignore[arg-type]
            kafka_bootstrap_servers=self.broker.address,
            kafka_partitions=PARTITIONS,
            access_token_minutes=60,
            pool_size=4,
        )

    def upgrade(self) -> list[Process]:
        """From their next start on, search and the probe know one message more; those processes."""
        self.knows_more = True
        processes = [*self.of("search"), self.processes[PROBE_NAME]]
        for process in processes:
            python, _, module, *rest = process.command
            if module != "tests.faults.storm.newer":
                module = "tests.faults.storm.probe.__main__" if module.endswith("probe") else "services.cli.__main__"
                process.command = [python, "-m", "tests.faults.storm.newer", module, *rest]
        return processes

    def database_of(self, service: str) -> Database:
        """The database of a service, for looking into it. Close it."""
        address = DatabaseAddress.of(self.database.url).elsewhere(f"{Settings().database_prefix}{service}")
        return Database(service, address, pool_size=2)

    def log(self) -> Log:
        """The log, for reading it. Close it."""
        from shared.messaging.kafka_log import KafkaLog, KafkaSettings

        return KafkaLog(KafkaSettings((self.broker.address,), fetch_max_wait_ms=100))

    def _add(self, name: str, command: Sequence[str]) -> None:
        self.processes[name] = Process(name, command, {}, self.folder / f"{name}.out")

    async def _prepare(self) -> None:
        services = (*SERVICES, PROBE)
        async with parts(self.settings(), services, say=lambda _: None, beside=True) as platform:
            await migrate(platform.wiring, platform.server, lambda _: None)
            await platform.log.create_topics([topic for service in services for topic in service.topics])
            for service in services:
                await begin(service, platform.resources[service.name].database)
            self.people = await enrol(platform.resources["identity"], CITIZENS)

    def _environ(self) -> dict[str, str]:
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("DEMAIN_", "KAFKA_", "DATABASE_", "MEILI_"))}
        first = {service: self.of(service)[0].url for service in COPIES}
        return kept | {
            "DATABASE_URL": self.database.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.address,
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "KAFKA_FETCH_MAX_WAIT_MS": "200",
            "KAFKA_PARTITIONS": str(PARTITIONS),
            "SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
            "DEMAIN_MAIL_FROM": "Demain <forum@storm.example>",
            "DEMAIN_PUBLIC_URL": first["web"],
            "DEMAIN_SITE_CLIENT_SECRET": secrets.token_hex(32),
            "DEMAIN_SERVICE_URLS": ",".join(f"{name}={url}" for name, url in first.items()),
            "DEMAIN_POOL_SIZE": "4",
            "DEMAIN_TRUSTED_PROXIES": "1",
            "DEMAIN_ACCESS_TOKEN_MINUTES": "60",
            "DEMAIN_LOG_LEVEL": "warning",
            "PYTHONUNBUFFERED": "1",
        }
