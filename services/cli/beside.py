"""For commands that work beside a running instance, or alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services.cli.invocation import ERR, OUT, Invocation, Refused, telling
from services.registry import SERVICES
from shared.messaging.republish import republish
from shared.runtime.beginning import begin
from shared.runtime.platform import Platform, migrate, parts
from shared.runtime.resources import Resources
from shared.runtime.service import Service
from shared.runtime.wiring import Progress, Wiring
from shared.storage import migrations


def service_named(name: str) -> Service:
    """A service by its name. Raises Refused."""
    found = next((service for service in SERVICES if service.name == name), None)
    if found is None:
        names = ", ".join(service.name for service in SERVICES)
        raise Refused(f"There is no service {name!r}; the services are: {names}.")
    return found


def resources_of(platform: Platform, name: str) -> Resources:
    """The resources of a service by its name. Raises Refused."""
    return platform.resources[service_named(name).name]


def need_data(invocation: Invocation) -> None:
    """Raises Refused when there cannot be anything to work on yet, DataFolderRefused for a newer folder."""
    invocation.folder.check_version()
    if Wiring(invocation.settings, SERVICES).embeds_database and not invocation.folder.is_used:
        raise Refused(
            f"There is no data in {invocation.folder.path} yet: `demain run` makes it, or name the folder of "
            "another instance with DEMAIN_DATA_DIR."
        )


@asynccontextmanager
async def beside(invocation: Invocation, *, quiet: bool = False) -> AsyncIterator[Platform]:
    """The parts of the platform, fit for commands: tables up to date, epochs known.

    What is told there waits in the outboxes for the instance that is running, or for the next one. ``quiet``
    keeps standard output for the command's own answer. Raises Refused and what `platform.parts` raises.
    """
    need_data(invocation)
    invocation.log_beside()
    async with AsyncExitStack() as stack:
        with telling(ERR if quiet else OUT) as tell:
            platform = await stack.enter_async_context(parts(invocation.settings, SERVICES, say=tell, beside=True))
            await _make_fit(platform, tell)
        yield platform


async def _make_fit(platform: Platform, tell: Progress) -> None:
    if platform.server.owned:
        await migrate(platform.wiring, platform.server, tell)
    else:
        await _refuse_outdated(platform)
    for service in platform.services:
        database = platform.resources[service.name].database
        if (await begin(service, database)).owes_republish:
            tell(f"The database of {service.name} was restored or moved: telling all its states again")
            await republish(service, database, platform.log)


async def _refuse_outdated(platform: Platform) -> None:
    for service in platform.services:
        database = platform.resources[service.name].database
        if await migrations.missing(database.address, service.migrations):
            raise Refused(f"The tables of {service.name} are not up to date: run `demain migrate` first.")
