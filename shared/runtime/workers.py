"""The workers of a platform: what runs for ever beside its HTTP servers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from shared.auth.denials import DenialList
from shared.http import idempotency
from shared.messaging import parking
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log, LogError, LogUnavailable, Mismatch, Topic
from shared.messaging.relay import Relay
from shared.messaging.republish import republish
from shared.projection.projector import Projector
from shared.runtime.beginning import begin
from shared.runtime.metrics import Metrics
from shared.runtime.process_role import ProcessRole
from shared.runtime.service import Service
from shared.runtime.supervisor import measure_loop_lag
from shared.runtime.wiring import CannotWork
from shared.storage import migrations
from shared.storage.database import Database

if TYPE_CHECKING:
    from shared.runtime.platform import Platform

LONGEST_BACKOFF = 30.0
HOUSEKEEPING_EVERY = 2.0

log = structlog.get_logger()

_OUTBOX = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox")


async def start(platform: Platform) -> None:
    """Start all workers; those of a service whose database is not migrated yet once it is."""
    supervisor = platform.supervisor
    supervisor.start("loop lag", lambda: measure_loop_lag(platform.metrics))
    if ProcessRole.WORKER in platform.role:
        await _make_topics_fit(platform)
    supervisor.start("denials", platform.denials.run, trouble=platform.denials.complaint)
    for service in platform.services:
        address = platform.resources[service.name].database.address
        if await migrations.missing(address, service.migrations):
            supervisor.start(f"waiting {service.name}", partial(_once_migrated, platform, service))
        else:
            await _start_service(platform, service)


async def _make_topics_fit(platform: Platform) -> None:
    owned = [topic for service in platform.services for topic in service.topics]
    topics = Topics(platform.log, owned)
    try:
        # Before the first consumer asks for them; a log that is away is waited for beside everything else.
        async with asyncio.timeout(5):
            await topics.make_fit()
    except (LogError, TimeoutError):
        platform.supervisor.start("topics", topics.run, trouble=topics.complaint)
    if topics.mismatches:
        raise CannotWork(str(topics.complaint()))


async def _once_migrated(platform: Platform, service: Service) -> None:
    address = platform.resources[service.name].database.address
    platform.unready[service.name] = f"database {address.name} lacks migrations: run `demain migrate`"
    while await migrations.missing(address, service.migrations):
        await asyncio.sleep(1)
    await _start_service(platform, service)
    del platform.unready[service.name]


async def _start_service(platform: Platform, service: Service) -> None:
    """What can fail comes first: a start that is tried again would begin each worker once more."""
    resources = platform.resources[service.name]
    owes_republish = (await begin(service, resources.database)).owes_republish
    works = ProcessRole.WORKER in platform.role
    projector = _projector(platform, service) if works and service.projection is not None else None
    if works:
        _start_work(platform, service, projector, owes_republish=owes_republish)
    for worker in service.workers:
        if worker.role & platform.role:
            work = worker.make(resources)
            platform.supervisor.start(f"{worker.name} {service.name}", work.run, trouble=work.complaint)


def _start_work(platform: Platform, service: Service, projector: Projector | None, *, owes_republish: bool) -> None:
    """Relay, consumer, projector and housekeeping of a service."""
    supervisor, database = platform.supervisor, platform.resources[service.name].database
    if owes_republish:
        supervisor.start(f"republish {service.name}", partial(_say_again, service, database, platform.log))
    relay = Relay(database, platform.log, metrics=platform.metrics)
    supervisor.start(f"relay {service.name}", relay.run, trouble=relay.complaint)
    if service.reactions is not None:
        consumer = Consumer(database, platform.log, service.reactions, metrics=platform.metrics)
        platform.consumers[service.name] = consumer
        supervisor.start(f"consumer {service.name}", consumer.run, trouble=consumer.complaint)
    if projector is not None:
        platform.projectors[service.name] = projector
        supervisor.start(f"projector {service.name}", projector.run, trouble=projector.complaint)
    supervisor.start(f"housekeeping {service.name}", partial(_keep_house, database, platform.metrics, platform.denials))


def _projector(platform: Platform, service: Service) -> Projector:
    resources = platform.resources[service.name]
    if service.projection is None or service.render is None or resources.index is None:
        raise CannotWork(f"{service.name}: a projection needs `render` and an index")
    return Projector(
        resources.database,
        platform.log,
        service.projection,
        resources.index,
        service.render,
        metrics=platform.metrics,
    )


async def _say_again(service: Service, database: Database, log_: Log) -> None:
    said = await republish(service, database, log_)
    log.info("states told again", service=service.name, told=said.told, gone=said.gone)


class Topics:
    """The topics of this process's services: there, and as they are declared."""

    def __init__(self, log_: Log, declared: Sequence[Topic]) -> None:
        self._log = log_
        self._declared = declared
        self.mismatches: list[Mismatch] = []
        self._looked = False

    def complaint(self) -> str | None:
        """What is wrong with them, and the fix."""
        if not self._looked:
            return "the log was not reached yet"
        if not self.mismatches:
            return None
        differences = "; ".join(str(one) for one in self.mismatches)
        return f"{differences}: see `demain topics check`, and `demain topics apply`"

    async def make_fit(self) -> None:
        """Create what is missing and compare the rest. Raises LogError."""
        await self._log.create_topics(self._declared)
        found = await self._log.check_topics(self._declared)
        if new := [one.topic for one in found if not one.what]:
            raise LogUnavailable(f"not every broker knows {', '.join(new)} yet")
        self.mismatches, self._looked = found, True

    async def run(self) -> None:
        """Wait for a log that is away; then look again, now and then, while something is wrong."""
        backoff = 0.5
        while not self._looked or self.mismatches:
            try:
                await self.make_fit()
            except LogError as error:
                log.warning("topics could not be checked", why=str(error), seconds=backoff)
            if self.mismatches:
                log.error("topics are not as they are declared", why=self.complaint())
            if not self._looked or self.mismatches:
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)


async def _keep_house(database: Database, metrics: Metrics, denials: DenialList) -> None:
    """Measure the outbox every two seconds, forget old idempotency keys every hour, and at once those that name
    somebody who was denied: they may have been erased."""
    rounds = place = 0
    while True:
        async with database.transaction() as session:
            depth, age = (await session.execute(_OUTBOX)).one()
            metrics.outbox_depth.labels(database.service).set(depth)
            metrics.outbox_age.labels(database.service).set(float(age))
            metrics.parked.labels(database.service).set(await parking.count(session))
            if rounds % 1800 == 0:
                await idempotency.forget_old(session)
            denied, following = denials.denied_after(place)
            await idempotency.forget_person(session, denied)
        place = following
        rounds += 1
        await asyncio.sleep(HOUSEKEEPING_EVERY)
