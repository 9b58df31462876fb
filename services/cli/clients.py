"""``client add``, ``list`` and ``remove``: the programs that let people sign in with an account of this forum."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, TypeVar

import typer

from services.cli.beside import beside, resources_of
from services.cli.invocation import OUT, Refused, of, wait_for
from services.identity.cli import ClientRefused, Registered, add_client, list_clients, remove_client
from services.identity.tables import Client

T = TypeVar("T")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    client = typer.Typer(no_args_is_help=True, help="Sites and programs that sign people in with Demain (OpenID).")
    client.command("add")(add)
    client.command("list")(show)
    client.command("remove")(remove)
    app.add_typer(client, name="client", rich_help_panel="People")


def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="How people read it when they are asked.")],
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where people are taken back, compared sign by sign. May be repeated.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may ask for. May be repeated; openid and profile if left out.")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="It runs at people's and can keep no secret.")] = False,
    service: Annotated[bool, typer.Option("--service", help="It gets tokens of its own (client credentials).")] = False,
) -> None:
    """Register a client. Its secret is shown this once; only its digest is kept."""

    async def work() -> Registered:
        async with beside(of(context), quiet=True) as platform:
            resources = resources_of(platform, "identity")
            return await add_client(resources, name, redirect_uri or (), scope or (), public=public, itself=service)

    made = _refusing(work)
    # As a program takes it, whatever the width of the terminal.
    print(f"client_id={made.client.id}")
    if made.secret is not None:
        print(f"client_secret={made.secret}")


def show(context: typer.Context) -> None:
    """List the clients. The site is one that needs no registering."""

    async def work() -> Sequence[Client]:
        async with beside(of(context), quiet=True) as platform:
            return await list_clients(resources_of(platform, "identity"))

    found = _refusing(work)
    for one in found:
        kind = "public" if one.secret_digest is None else "confidential"
        OUT.print(f"{one.id}  {one.name}  ({kind}; {' '.join(one.scopes)})", markup=False)
        for uri in one.redirect_uris:
            OUT.print(f"    {uri}", markup=False)
    if not found:
        OUT.print("No clients are registered.")


def remove(
    context: typer.Context, client_id: Annotated[str, typer.Argument(help="As `client list` shows it.")]
) -> None:
    """Take a client away. Everybody who signed in through it is signed out there."""

    async def work() -> None:
        async with beside(of(context)) as platform:
            await remove_client(resources_of(platform, "identity"), client_id)

    _refusing(work)
    OUT.print(f"{client_id} is gone, with all that people lent it.", markup=False)


def _refusing(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return wait_for(work())
    except ClientRefused as error:
        raise Refused(f"{error}.") from error
