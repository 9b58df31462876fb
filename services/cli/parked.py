"""``parked list|show|retry``: messages that could not be applied and were set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from services.cli.beside import beside, resources_of, service_named
from services.cli.invocation import ERR, OUT, Refused, of, show_columns, wait_for
from services.registry import SERVICES
from shared.messaging import parking
from shared.messaging.parking import NotRetried, Parked
from shared.messaging.reactions import Reactions
from shared.runtime.platform import Platform
from shared.runtime.service import Service

ServiceName = Annotated[str, typer.Argument(help="The service that set it aside.")]
Number = Annotated[int, typer.Argument(help="Its number, as `demain parked list` shows it.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Messages that could not be applied and were set aside, so that the others go on.",
    )
    group.command("list")(show_all)
    group.command("show")(show)
    group.command("retry")(retry)
    app.add_typer(group, name="parked", rich_help_panel="Messages")


def show_all(context: typer.Context) -> None:
    """List what is set aside, by service, oldest first."""

    async def work() -> list[tuple[Service, Parked]]:
        async with beside(of(context)) as platform:
            return [(service, one) for service in SERVICES for one in await _all_of(platform, service)]

    found = wait_for(work())
    if not found:
        OUT.print("Nothing is set aside.")
        return
    rows = [
        (
            service.name,
            str(one.id),
            f"{one.parked_at:%Y-%m-%d %H:%M}",
            str(one.attempts),
            one.received.partition.topic,
            one.received.key,
            one.error.partition("\n")[0],
        )
        for service, one in found
    ]
    show_columns(("Service", "Number", "Since", "Attempts", "Topic", "Key", "Error"), rows)


def show(context: typer.Context, service: ServiceName, number: Number) -> None:
    """Show all that is known about one of them."""

    async def work() -> Parked:
        async with beside(of(context)) as platform:
            return await _one_of(platform, service_named(service), number)

    one = wait_for(work())
    place = one.received.partition
    lines = {
        "Consumer": one.consumer,
        "Set aside": f"{one.parked_at:%Y-%m-%d %H:%M:%S %Z} after {one.attempts} attempts",
        "Place": f"{place.topic}/{place.number} offset {one.received.offset}",
        "Key": one.received.key,
        "Age": f"epoch {one.epoch}, ordinal {one.ordinal}",
        "Error": one.error,
    }
    lines |= {f"Header {name}": value.decode(errors="replace") for name, value in one.received.headers}
    for name, value in lines.items():
        OUT.print(f"{name}: {value}", markup=False)
    OUT.print(_readable(one.received.value), markup=False)


def retry(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(help="The service that set it aside; none means all of them.")
    ] = None,
    number: Annotated[int | None, typer.Argument(help="Its number; none means all of the service.")] = None,
) -> None:
    """Try again to apply what is set aside: one message, all of a service, or all.

    A state that a newer one has replaced meanwhile is dropped. What still fails stays, and the exit code is 1.
    """

    async def work() -> tuple[int, list[str]]:
        done, failed = 0, []
        async with beside(of(context)) as platform:
            for one_service in [service_named(service)] if service else SERVICES:
                if number is not None:
                    numbers = [(await _one_of(platform, one_service, number)).id]
                else:
                    numbers = [one.id for one in await _all_of(platform, one_service)]
                database = resources_of(platform, one_service.name).database
                for id in numbers:
                    try:
                        await parking.retry(database, _reactions(one_service), id)
                        done += 1
                    except NotRetried as error:
                        failed.append(f"{one_service.name} {id}: {error}")
        return done, failed

    done, failed = wait_for(work())
    OUT.print(f"{done} applied, {len(failed)} still set aside.")
    for line in failed:
        ERR.print(line, markup=False)
    if failed:
        raise typer.Exit(1)


def _reactions(service: Service) -> Sequence[Reactions]:
    own = [service.reactions] if service.reactions is not None else []
    return own + ([service.projection.reactions] if service.projection is not None else [])


async def _all_of(platform: Platform, service: Service) -> list[Parked]:
    found: list[Parked] = []
    async with platform.resources[service.name].database.transaction() as session:
        while page := await parking.parked(session, after=found[-1].id if found else 0):
            found += page
    return found


async def _one_of(platform: Platform, service: Service, number: int) -> Parked:
    async with platform.resources[service.name].database.transaction() as session:
        page = await parking.parked(session, after=number - 1, limit=1)
    if not page or page[0].id != number:
        raise Refused(f"{service.name} has set aside no message {number}; `demain parked list` shows those there are.")
    return page[0]


def _readable(value: bytes | None) -> str:
    if value is None:
        return "(no content: a tombstone)"
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except ValueError:
        return value.decode(errors="replace")
