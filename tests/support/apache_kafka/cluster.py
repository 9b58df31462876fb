"""One or several brokers, each a Java process that is broker and controller at once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.apache_kafka.libraries import libraries
from tests.support.ports import free_port
from tests.support.waiting import eventually

START = 90.0
"""Seconds a cluster may take to start on a slow machine."""

_MEMORY = "-Xmx320m"


class Broker:
    """A broker's process. It can be killed and started again on the data it left."""

    def __init__(self, number: int, folder: Path, settings: Mapping[str, str]) -> None:
        self.number = number
        self.port = free_port()
        self.internal_port = free_port()
        self.controller_port = free_port()
        self.settings = dict(settings)
        self.output = folder / f"broker-{number}.log"
        self.properties = folder / f"broker-{number}.properties"
        self.data = folder / f"broker-{number}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; `accepts` says when it can be reached."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                _java("kafka.Kafka", str(self.properties)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """It keeps its connections and answers nothing any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `pause`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def accepts(self) -> bool:
        """Whether its port takes connections. Raises AssertionError if it has ended by itself."""
        assert self.is_running, f"broker {self.number} ended:\n{self.output.read_text(errors='replace')[-3000:]}"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


class ApacheKafka:
    """``async with ApacheKafka() as kafka``: a cluster on free ports of 127.0.0.1, gone at the end.

    ``advertised_port`` is where clients are told to find a single broker (a proxy's). ``protocol`` is what clients
    speak (``SASL_SSL``…), ``settings`` are added to every broker's properties, ``users`` may sign in (SCRAM).
    Raises NoJava.
    """

    def __init__(
        self,
        brokers: int = 1,
        *,
        advertised_port: int | None = None,
        protocol: str = "PLAINTEXT",
        settings: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self._protocol = protocol
        self._users = dict(users or {})
        self._folder = Path(tempfile.mkdtemp(prefix="demain-kafka-"))
        self._advertised_port = advertised_port
        self.brokers: Sequence[Broker] = [Broker(n + 1, self._folder, settings or {}) for n in range(brokers)]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where clients find it."""
        if self._advertised_port is not None:
            return (f"127.0.0.1:{self._advertised_port}",)
        return tuple(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    async def __aenter__(self) -> ApacheKafka:
        # It must not begin with a hyphen, or the tool takes it for an option.
        cluster = "d" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        try:
            for broker in self.brokers:
                broker.properties.write_text("".join(f"{k}={v}\n" for k, v in self._properties(broker).items()))
                await asyncio.to_thread(_format, broker, cluster, self._users)
            for broker in self.brokers:
                broker.start()
            for broker in self.brokers:
                await eventually(broker.accepts, deadline=START, every=0.1)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for broker in self.brokers:
            with contextlib.suppress(ProcessLookupError):
                broker.kill()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _properties(self, broker: Broker) -> dict[str, str]:
        many = len(self.brokers)
        advertised = self._advertised_port if self._advertised_port is not None else broker.port
        copies = str(min(3, many))
        return {
            "process.roles": "broker,controller",
            "node.id": str(broker.number),
            "controller.quorum.voters": ",".join(f"{b.number}@127.0.0.1:{b.controller_port}" for b in self.brokers),
            "listeners": (
                f"CLIENTS://127.0.0.1:{broker.port},BROKERS://127.0.0.1:{broker.internal_port},"
                f"CONTROLLER://127.0.0.1:{broker.controller_port}"
            ),
            "advertised.listeners": f"CLIENTS://127.0.0.1:{advertised},BROKERS://127.0.0.1:{broker.internal_port}",
            "listener.security.protocol.map": f"CLIENTS:{self._protocol},BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "BROKERS",
            "log.dirs": str(broker.data),
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": "2" if many >= 3 else "1",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": "2" if many >= 3 else "1",
            "transaction.state.log.num.partitions": "4",
            # What follows only makes it quicker: groups form at once, compaction is looked after all the time.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "log.cleaner.backoff.ms": "200",
            "log.initial.task.delay.ms": "500",
            "log.cleaner.dedupe.buffer.size": "8388608",
            "log.retention.check.interval.ms": "1000",
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            **broker.settings,
        }


def _java(main: str, *arguments: str) -> list[str]:
    return ["java", _MEMORY, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{libraries()}/*", main, *arguments]


def _format(broker: Broker, cluster: str, users: Mapping[str, str]) -> None:
    command = _java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(broker.properties))
    for name, password in users.items():
        command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
    subprocess.run(command, check=True, capture_output=True)
