"""``token`` and ``grant``: what an operator does with accounts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer

from services.cli.beside import beside, resources_of
from services.cli.invocation import OUT, Refused, of, wait_for
from services.identity.cli import UnknownAccount, UnknownRole
from services.identity.cli import grant as give
from services.identity.cli import issue_token as issue
from shared.auth.principal import Role

Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]

T = TypeVar("T")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(rich_help_panel="People")(token)
    app.command(rich_help_panel="People")(grant)


def token(context: typer.Context, email: Email) -> None:
    """Print a bearer token of an account, good for a few minutes.

    Needs the database with the signing keys at hand. For trying the HTTP API:
    curl -H "Authorization: Bearer $(demain token experte@demain.example)" …
    """

    async def work() -> str:
        async with beside(of(context), quiet=True) as platform:
            return await issue(resources_of(platform, "identity"), email)

    # Alone on standard output, so that a shell can take it.
    print(_refusing(work))


def grant(
    context: typer.Context,
    email: Email,
    role: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(Role))}.")],
) -> None:
    """Give an account a role. The first administrator of a platform is made this way."""

    async def work() -> tuple[Role, ...]:
        async with beside(of(context)) as platform:
            return await give(resources_of(platform, "identity"), email, role)

    OUT.print(f"{email} has the roles: {', '.join(sorted(_refusing(work)))}.", markup=False)


def _refusing(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return wait_for(work())
    except (UnknownAccount, UnknownRole) as error:
        raise Refused(f"{error}.") from error
