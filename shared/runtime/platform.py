"""The platform as one process runs it: parts built by wiring, apps, workers, servers, and their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from starlette.types import ASGIApp

from shared.auth.denials import DenialList
from shared.auth.tokens import TokenVerifier
from shared.clients.directory import Clients
from shared.clients.identity import IdentityClient
from shared.http.app import create_app, observed
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log
from shared.projection.projector import Projector
from shared.runtime import telemetry, workers
from shared.runtime.front import Front
from shared.runtime.health import Condition, Part, of_circuits, of_database, of_index
from shared.runtime.metrics import Metrics
from shared.runtime.process_role import ProcessRole
from shared.runtime.resources import CpuPool, Resources
from shared.runtime.sample import SampleStory
from shared.runtime.servers import Serving, listen, local_url
from shared.runtime.service import Service
from shared.runtime.supervisor import Supervisor
from shared.runtime.wiring import Progress, Server, Wiring
from shared.settings import Settings
from shared.storage import migrations

LAST_SPANS = 3.0
"""Seconds a stop waits for the collector to take the last spans."""


@dataclass
class Platform:
    """What runs in this process."""

    wiring: Wiring
    server: Server
    log: Log
    metrics: Metrics
    clients: Clients
    denials: DenialList
    resources: dict[str, Resources] = field(default_factory=dict)
    unready: dict[str, str] = field(default_factory=dict)
    """Why a service is not ready yet."""
    supervisor: Supervisor = field(init=False)
    projectors: dict[str, Projector] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.metrics)

    @property
    def settings(self) -> Settings:
        """The settings it was built from."""
        return self.wiring.settings

    @property
    def role(self) -> ProcessRole:
        """What this process does for its services."""
        return self.wiring.role

    @property
    def services(self) -> Sequence[Service]:
        """The services this process runs."""
        return self.wiring.running

    async def health(self) -> list[Part]:
        """How every part is."""
        parts = [Part(f"service {name}", Condition.DOWN, why) for name, why in self.unready.items()]
        parts += await asyncio.gather(*(of_database(one.database) for one in self.resources.values()))
        indexes = [(name, one.index) for name, one in self.resources.items() if one.index is not None]
        parts += await asyncio.gather(*(of_index(*one) for one in indexes if one[1].shared_by_processes))
        return parts + self.supervisor.parts() + of_circuits(self.clients.circuits)


async def migrate(wiring: Wiring, server: Server, say: Progress) -> list[str]:
    """Create the databases of all services and the log, and bring their tables up to date."""
    ran: list[str] = []
    async with migrations.migration_lock(server.maintenance) as connection:
        log_address = wiring.log_database(server)
        if log_address is not None:
            await migrations.create_database(connection, log_address.name)
        for service in wiring.services:
            address = wiring.address(server, service.name)
            if wiring.settings.database_override(service.name) is None:
                await migrations.create_database(connection, address.name)
            steps = await migrations.upgrade(address, service.migrations)
            if steps:
                say(f"Database {address.name}: {len(steps)} migration(s) applied")
            ran += steps
    return ran


@asynccontextmanager
async def parts(
    settings: Settings,
    services: Sequence[Service],
    *,
    say: Progress,
    only: str | None = None,
    role: ProcessRole = ProcessRole.WHOLE,
    beside: bool = False,
) -> AsyncIterator[Platform]:
    """The parts without servers and workers: for commands, and for what runs on them.

    ``beside`` joins a running instance's PostgreSQL if there is one. Raises CannotWork and what starting the
    embedded PostgreSQL raises.
    """
    wiring = Wiring(settings, services, only=only, role=role)
    async with AsyncExitStack() as stack:
        chosen = wiring.server_beside(say) if beside else wiring.server(say)
        server = await stack.enter_async_context(chosen)
        log_ = wiring.log(server)
        stack.push_async_callback(log_.close)
        metrics = Metrics()
        # The address is known once the platform listens; clients are made when first used.
        clients = Clients(
            wiring.service_urls,
            f"http://127.0.0.1:{settings.port}",
            at_default=None if only is None else {only} if ProcessRole.API in role else (),
            metrics=metrics,
        )
        stack.push_async_callback(clients.close)
        tokens = TokenVerifier(lambda: clients.of(IdentityClient).jwks())
        cpu = CpuPool()
        stack.callback(cpu.close)
        mail, mailbox, site_secret = wiring.mail(), wiring.mailbox(), wiring.site_secret()
        platform = Platform(wiring, server, log_, metrics, clients, DenialList(log_))
        for service in wiring.running:
            database = wiring.database(server, service.name)
            stack.push_async_callback(database.close)
            platform.resources[service.name] = resources = Resources(
                settings,
                database,
                log_,
                clients,
                tokens,
                metrics,
                cpu,
                wiring.index(service),
                mail,
                mailbox,
                settings.public_url.rstrip("/") or local_url(settings.host, settings.port),
                platform.denials,
                site_secret,
            )
            if service.denials is not None:
                resources.denials = service.denials(resources)
        yield platform


@asynccontextmanager
async def running(
    settings: Settings,
    services: Sequence[Service],
    *,
    say: Progress,
    only: str | None = None,
    role: ProcessRole = ProcessRole.WHOLE,
    http: bool = True,
) -> AsyncIterator[Platform]:
    """The whole platform at work. With ``only`` one service of it, or ``role`` of that, which then does not migrate.

    Raises PortInUse, CannotWork, DatabaseNewer, and what starting the embedded PostgreSQL raises.
    """
    async with AsyncExitStack() as stack:
        public = None
        if http:
            public = listen(settings.host, settings.port)
            stack.callback(public.close)
        platform = await stack.enter_async_context(parts(settings, services, say=say, only=only, role=role))
        if platform.wiring.traces_to is not None:
            names = [service.name for service in platform.services]
            telemetry.start(names, endpoint=platform.wiring.traces_to, named=settings.otel_service_name)
            stack.push_async_callback(telemetry.stop, min(LAST_SPANS, settings.stop_deadline))
        if only is None:
            await migrate(platform.wiring, platform.server, say)
        await stack.enter_async_context(platform.wiring.owning_log(platform.server))
        internal = listen("127.0.0.1", 0)
        stack.callback(internal.close)
        if public is not None and not settings.public_url:
            for one in platform.resources.values():
                one.site_url = local_url(settings.host, public.getsockname()[1])
        platform.clients.default_url = f"http://127.0.0.1:{internal.getsockname()[1]}"
        apps: dict[str, ASGIApp] = {}
        for service in platform.services:
            resources = platform.resources[service.name]
            app = create_app(service, resources)
            if resources.index is not None:
                await resources.index.open()
                stack.push_async_callback(resources.index.close)
            await stack.enter_async_context(app.router.lifespan_context(app))
            if ProcessRole.API in role:
                apps.update(dict.fromkeys(service.prefixes, observed(service, app)))
        # Last in, first out: workers end before what they use is closed, servers before the workers.
        stack.push_async_callback(platform.supervisor.stop, settings.stop_deadline)
        front = partial(
            Front,
            apps,
            metrics=platform.metrics,
            health=platform.health,
            behind_proxy=settings.trusted_proxies > 0,
        )
        inside = Serving(front(inside=True), internal, deadline=settings.stop_deadline)
        await inside.start()
        stack.push_async_callback(inside.stop)
        await workers.start(platform)
        if public is not None:
            outside = Serving(front(), public, deadline=settings.stop_deadline)
            platform.port = outside.port
            await outside.start()
            stack.push_async_callback(outside.stop)
            for resources in platform.resources.values():
                stack.callback(resources.stopping.set)
        yield platform


async def fill_with_sample(platform: Platform, say: Progress) -> SampleStory:
    """Have every service tell its part of the sample story."""
    story = SampleStory(platform.resources, say)
    for service in platform.services:
        if service.sample is not None:
            await service.sample(story)
    return story
