"""The platform as one process runs it: parts built by wiring, apps, workers, servers, and their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import text
from starlette.types import ASGIApp

from shared.auth.tokens import TokenVerifier
from shared.clients.directory import Clients
from shared.clients.identity import IdentityClient
from shared.http import idempotency
from shared.http.app import create_app, observed
from shared.messaging import lineage, parking
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log, LogError, Topic
from shared.messaging.relay import Relay
from shared.messaging.republish import republish
from shared.projection import index_tasks
from shared.projection.projection import has_documents
from shared.projection.projector import Projector
from shared.runtime.front import Front
from shared.runtime.health import Condition, Part, of_database
from shared.runtime.metrics import Metrics
from shared.runtime.resources import CpuPool, Resources
from shared.runtime.sample import SampleStory
from shared.runtime.servers import Serving, listen
from shared.runtime.service import Service
from shared.runtime.supervisor import Supervisor, measure_loop_lag
from shared.runtime.wiring import CannotWork, Progress, Server, Wiring
from shared.settings import Settings
from shared.storage import migrations
from shared.storage.database import Database

log = structlog.get_logger()

_OUTBOX = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox")


@dataclass
class Platform:
    """What runs in this process."""

    wiring: Wiring
    server: Server
    log: Log
    metrics: Metrics
    clients: Clients
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
    def services(self) -> Sequence[Service]:
        """The services this process runs."""
        return self.wiring.running

    async def health(self) -> list[Part]:
        """How every part is."""
        parts = [Part(f"service {name}", Condition.DOWN, why) for name, why in self.unready.items()]
        parts += await asyncio.gather(*(of_database(one.database) for one in self.resources.values()))
        return parts + self.supervisor.parts()


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
    settings: Settings, services: Sequence[Service], *, say: Progress, only: str | None = None, beside: bool = False
) -> AsyncIterator[Platform]:
    """The parts without servers and workers: for commands, and for what runs on them.

    ``beside`` joins a running instance's PostgreSQL if there is one. Raises CannotWork and what starting the
    embedded PostgreSQL raises.
    """
    wiring = Wiring(settings, services, only=only)
    async with AsyncExitStack() as stack:
        chosen = wiring.server_beside(say) if beside else wiring.server(say)
        server = await stack.enter_async_context(chosen)
        log_ = wiring.log(server)
        stack.push_async_callback(log_.close)
        metrics = Metrics()
        # The address is known once the platform listens; clients are made when first used.
        clients = Clients(wiring.service_urls, f"http://127.0.0.1:{settings.port}")
        stack.push_async_callback(clients.close)
        tokens = TokenVerifier(lambda: clients.of(IdentityClient).jwks())
        cpu = CpuPool()
        stack.callback(cpu.close)
        platform = Platform(wiring, server, log_, metrics, clients)
        for service in wiring.running:
            database = wiring.database(server, service.name)
            stack.push_async_callback(database.close)
            platform.resources[service.name] = Resources(
                settings, database, log_, clients, tokens, metrics, cpu, wiring.index(service)
            )
        yield platform


@asynccontextmanager
async def running(
    settings: Settings,
    services: Sequence[Service],
    *,
    say: Progress,
    only: str | None = None,
    http: bool = True,
) -> AsyncIterator[Platform]:
    """The whole platform at work. With ``only`` one service of it, which then does not migrate.

    Raises PortInUse, CannotWork, DatabaseNewer, and what starting the embedded PostgreSQL raises.
    """
    async with AsyncExitStack() as stack:
        public = None
        if http:
            public = listen(settings.host, settings.port)
            stack.callback(public.close)
        platform = await stack.enter_async_context(parts(settings, services, say=say, only=only))
        if only is None:
            await migrate(platform.wiring, platform.server, say)
        internal = listen("127.0.0.1", 0)
        stack.callback(internal.close)
        platform.clients.default_url = f"http://127.0.0.1:{internal.getsockname()[1]}"
        apps: dict[str, ASGIApp] = {}
        for service in platform.services:
            resources = platform.resources[service.name]
            app = create_app(service, resources)
            if resources.index is not None:
                await resources.index.open()
                stack.push_async_callback(resources.index.close)
            await stack.enter_async_context(app.router.lifespan_context(app))
            whole = observed(service, app)
            apps.update(dict.fromkeys((*service.paths, f"/api/{service.name}"), whole))
        # Last in, first out: workers end before what they use is closed, servers before the workers.
        stack.push_async_callback(platform.supervisor.stop, settings.stop_deadline)
        front = Front(apps, metrics=platform.metrics, health=platform.health)
        inside = Serving(front, internal, deadline=settings.stop_deadline)
        await inside.start()
        stack.push_async_callback(inside.stop)
        await _start_workers(platform)
        if public is not None:
            outside = Serving(front, public, deadline=settings.stop_deadline)
            platform.port = outside.port
            await outside.start()
            stack.push_async_callback(outside.stop)
        yield platform


async def _start_workers(platform: Platform) -> None:
    supervisor = platform.supervisor
    supervisor.start("loop lag", lambda: measure_loop_lag(platform.metrics))
    owned = [topic for service in platform.services for topic in service.topics]
    try:
        # Before the first consumer asks for them; a log that is away is waited for beside everything else.
        async with asyncio.timeout(5):
            await platform.log.create_topics(owned)
    except (LogError, TimeoutError):
        supervisor.start("topics", lambda: _create_topics(platform.log, owned))
    for service in platform.services:
        resources = platform.resources[service.name]
        database = resources.database
        identity = await lineage.check(database)
        if identity.changed:
            supervisor.start(f"republish {service.name}", partial(_say_again, service, database, platform.log))
        relay = Relay(database, platform.log, metrics=platform.metrics)
        database.bell.relay_is_near = True
        supervisor.start(f"relay {service.name}", relay.run, trouble=_trouble_of_relay(relay))
        if service.reactions is not None:
            consumer = Consumer(database, platform.log, service.reactions, metrics=platform.metrics)
            platform.consumers[service.name] = consumer
            supervisor.start(f"consumer {service.name}", consumer.run, trouble=_trouble_of_consumer(consumer))
        if service.projection is not None:
            await _start_projector(platform, service)
        supervisor.start(f"housekeeping {service.name}", partial(_keep_house, database, platform.metrics))


async def _start_projector(platform: Platform, service: Service) -> None:
    resources = platform.resources[service.name]
    if service.projection is None or service.render is None or resources.index is None:
        raise CannotWork(f"{service.name}: a projection needs `render` and an index")
    if await resources.index.needs_rebuild():
        async with resources.database.transaction() as session:
            if await has_documents(session):
                log.warning("the index was lost or is of another version: building it again", service=service.name)
                await index_tasks.ask(session, "rebuild")
    projector = Projector(
        resources.database,
        platform.log,
        service.projection,
        resources.index,
        service.render,
        metrics=platform.metrics,
    )
    platform.projectors[service.name] = projector
    of_consumer = _trouble_of_consumer(projector.consumer)
    platform.supervisor.start(
        f"projector {service.name}", projector.run, trouble=lambda: projector.trouble or of_consumer()
    )


def _trouble_of_relay(relay: Relay) -> Callable[[], str | None]:
    def trouble() -> str | None:
        if relay.blocked:
            (topic, key), block = next(iter(relay.blocked.items()))
            return f"{len(relay.blocked)} key(s) refused by the log, such as {topic} {key}: {block.error}"
        return relay.trouble

    return trouble


def _trouble_of_consumer(consumer: Consumer) -> Callable[[], str | None]:
    def trouble() -> str | None:
        if consumer.stopped:
            partition, why = next(iter(consumer.stopped.items()))
            return f"{partition.topic}/{partition.number} waits: {why}"
        return consumer.trouble

    return trouble


async def _say_again(service: Service, database: Database, log_: Log) -> None:
    said = await republish(service, database, log_)
    log.info("states told again", service=service.name, told=said.told, gone=said.gone)


async def _create_topics(log_: Log, topics: Sequence[Topic]) -> None:
    backoff = 0.5
    while True:
        try:
            await log_.create_topics(topics)
            return
        except LogError as error:
            log.warning("topics could not be checked", why=str(error), seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, 30.0)


async def _keep_house(database: Database, metrics: Metrics) -> None:
    """Measure the outbox every two seconds, forget old idempotency keys every hour."""
    rounds = 0
    while True:
        async with database.transaction() as session:
            depth, age = (await session.execute(_OUTBOX)).one()
            metrics.outbox_depth.labels(database.service).set(depth)
            metrics.outbox_age.labels(database.service).set(float(age))
            metrics.parked.labels(database.service).set(await parking.count(session))
            if rounds % 1800 == 0:
                await idempotency.forget_old(session)
        rounds += 1
        await asyncio.sleep(2)


async def fill_with_sample(platform: Platform, say: Progress) -> SampleStory:
    """Have every service tell its part of the sample story."""
    story = SampleStory(platform.resources, say)
    for service in platform.services:
        if service.sample is not None:
            await service.sample(story)
    return story
