"""Demain as it is run at scale: a process for each service, or several, on one PostgreSQL and one Kafka.

``async with distributed(folder) as platform`` brings the servers; ``await platform.start("search")`` a process. Each is
started, stopped, frozen and killed alone. Both servers are reached through proxies of ours, so that a test can take
them away or silence them, PostgreSQL for one process too (`Platform.own_way_to_postgres`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from aiosmtpd.smtp import SMTP

from services.registry import SERVICES
from shared.messaging import lineage
from shared.runtime.platform import Platform as Parts
from shared.runtime.platform import migrate, parts
from shared.settings import Settings
from tests.support.brokers import broker
from tests.support.ports import free_port
from tests.support.postgres import TestServer, behind, test_server, way_to
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

START, STOP = 180.0, 60.0
"""Seconds a process may take to be ready, and to end, on a machine with other work."""

DEMAIN = ("services.cli",)

MODE = ("DEMAIN_", "KAFKA_", "DATABASE_", "SMTP_", "MEILI_")


@dataclass(eq=False)
class Process:
    """``python -m services.cli serve …`` on a port of its own."""

    service: str
    arguments: tuple[str, ...]
    port: int
    environment: Mapping[str, str]
    output: Path
    program: tuple[str, ...] = DEMAIN
    """The module that is run, and what it takes before ``serve``."""
    code: Path | None = None
    """The folder of another version of Demain; the tested one if None."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """All it has written so far, over all its lives."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    @property
    def pid(self) -> int:
        """Its number, while it runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start it, and do not wait."""
        assert not self.runs
        with self.output.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self.program, "serve", self.service, *self.arguments],
                cwd=self.code,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    async def ready(self, *, deadline: float = START) -> None:
        """Wait until `/readyz` says that it is. Fails with what it wrote when it ends instead."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=10) as http:

            async def is_ready() -> bool:
                assert self.runs, f"`serve {self.service}` ended:\n{self.said[-4000:]}"
                with contextlib.suppress(httpx.TransportError):
                    return (await http.get("/readyz")).status_code == 200
                return False

            await eventually(is_ready, deadline=deadline, every=0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """kill -9, at once."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def freeze(self) -> None:
        """Stop it where it stands (SIGSTOP): it keeps its connections and answers nobody."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self.signal(signal.SIGCONT)

    async def stop(self) -> int:
        """Ctrl-C; its exit code."""
        assert self._process is not None
        self.signal(signal.SIGINT)
        await eventually(lambda: not self.runs, deadline=STOP)
        return self._process.returncode

    def end(self) -> None:
        """Make sure that it is gone."""
        if self.runs:
            self.kill()


class Letters:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        """Called by aiosmtpd for each mail."""
        self.contents.append(envelope.content)  # type: ignore[attr-defined]
        return "250 OK"


@dataclass
class Platform:
    """The servers, and the processes that were started on them."""

    folder: Path
    server: TestServer
    postgres: Proxy
    kafka: Proxy
    letters: Letters
    settings: Mapping[str, str]
    ports: Mapping[str, int]
    """Where each service's first process answers: what `DEMAIN_SERVICE_URLS` says."""
    processes: list[Process] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def prepare(
        self, service: str, *arguments: str, port: int | None = None, environ: Mapping[str, str] | None = None
    ) -> Process:
        """A process, not started. The first of a service that answers has the service's address, others their own."""
        taken = {one.port for one in self.processes}
        own = self.ports[service] if self.ports[service] not in taken and "--worker" not in arguments else free_port()
        number = len(self.processes)
        process = Process(
            service,
            arguments,
            port or own,
            environment={
                **{name: value for name, value in os.environ.items() if not name.startswith(MODE)},
                **self.settings,
                "DEMAIN_DATA_DIR": str(self.folder / f"data-{service}"),
                # The site is what people reach; the services believe it about whose request it makes.
                "DEMAIN_TRUSTED_PROXIES": "0" if service == "web" else "1",
                **(environ or {}),
                "DEMAIN_PORT": str(port or own),
            },
            output=self.folder / f"{number}-{service}.txt",
        )
        self.processes.append(process)
        return process

    async def start(
        self, service: str, *arguments: str, port: int | None = None, environ: Mapping[str, str] | None = None
    ) -> Process:
        """A process, started and ready."""
        process = self.prepare(service, *arguments, port=port, environ=environ)
        process.launch()
        await process.ready()
        return process

    def command(
        self,
        *arguments: str,
        program: tuple[str, ...] = DEMAIN,
        code: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> str:
        """Run ``demain ARGUMENTS…`` beside the processes; what it said. Blocks: call it in a thread under load."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(MODE)}
        own = {"DEMAIN_DATA_DIR": str(self.folder / "data-command"), **(environ or {})}
        done = subprocess.run(
            [sys.executable, "-m", *program, *arguments],
            env=inherited | dict(self.settings) | own,
            cwd=code,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def start_all(self, *services: str) -> list[Process]:
        """A process of each, started at once."""
        processes = [self.prepare(service) for service in services]
        for process in processes:
            process.launch()
        await asyncio.gather(*(process.ready() for process in processes))
        return processes

    async def own_way_to_postgres(self) -> tuple[Proxy, Mapping[str, str]]:
        """A proxy for one process alone, and the setting that leads there."""
        proxy = Proxy(way_to(self.server.maintenance))
        await proxy.start()
        self._stack.push_async_callback(proxy.cut)
        return proxy, {"DATABASE_URL": behind(self.server.maintenance, proxy.port).dsn}

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Parts]:
        """The parts of all services in this process, migrated, as a command beside the running ones has them."""
        settings = Settings.model_validate(_own(self.settings) | {"data_dir": self.folder / "data-beside"})
        async with parts(settings, SERVICES, say=lambda _: None, beside=True) as made:
            await migrate(made.wiring, made.server, lambda _: None)
            for resources in made.resources.values():
                await lineage.check(resources.database)
            yield made


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables as the fields of `Settings`."""
    return {name.removeprefix("DEMAIN_").lower(): value for name, value in environment.items()}


@asynccontextmanager
async def distributed(
    folder: Path,
    *,
    services: Sequence[str] = tuple(one.name for one in SERVICES),
    straight: bool = False,
    **settings: str,
) -> AsyncIterator[Platform]:
    """PostgreSQL, a broker with all topics, a mail server and migrated databases; no process. All ends with the block.

    ``services`` are those whose addresses the others are told; ``settings`` are more environment variables. With
    ``straight`` nothing stands before PostgreSQL and the broker: for who measures, and cuts nothing.
    """
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(test_server())
        postgres = Proxy(way_to(server.maintenance))
        await postgres.start()
        stack.push_async_callback(postgres.cut)
        kafka_port = free_port()
        started = await stack.enter_async_context(broker(advertised_port=None if straight else kafka_port))
        kafka = Proxy(lambda: asyncio.open_connection("127.0.0.1", started.port), kafka_port)
        await kafka.start()
        stack.push_async_callback(kafka.cut)
        letters = Letters()
        post = await asyncio.get_running_loop().create_server(lambda: SMTP(letters), "127.0.0.1", 0)
        stack.callback(post.close)
        ports = {service.name: free_port() for service in SERVICES}
        platform = Platform(
            folder,
            server,
            postgres,
            kafka,
            letters,
            settings={
                "DATABASE_URL": (server.maintenance if straight else behind(server.maintenance, postgres.port)).dsn,
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{started.port if straight else kafka.port}",
                "KAFKA_FETCH_MAX_WAIT_MS": "100",
                "SMTP_URL": f"smtp://127.0.0.1:{post.sockets[0].getsockname()[1]}?tls=off",
                "DEMAIN_MAIL_FROM": "Demain <forum@demain.example>",
                "DEMAIN_PUBLIC_URL": f"http://127.0.0.1:{ports['web']}",
                "DEMAIN_SITE_CLIENT_SECRET": secrets.token_urlsafe(32),
                "DEMAIN_SERVICE_URLS": ",".join(f"{one}=http://127.0.0.1:{ports[one]}" for one in services),
                "DEMAIN_POOL_SIZE": "4",
                "DEMAIN_ACCESS_TOKEN_MINUTES": "60",
                "DEMAIN_LOG_LEVEL": "warning",
                **settings,
            },
            ports=ports,
            _stack=stack,
        )
        async with platform.beside() as made:
            # `demain topics apply`: search listens to services that a test does not start.
            await made.log.create_topics([topic for service in SERVICES for topic in service.topics])
        try:
            yield platform
        finally:
            for process in platform.processes:
                process.end()
