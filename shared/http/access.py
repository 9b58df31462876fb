"""Who may call a route. Deny by default: an app with a route that does not say so does not start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.auth.principal import Principal, Role
from shared.auth.tokens import InvalidToken
from shared.http.problems import DENIED, FORBIDDEN, UNAUTHENTICATED, Problem
from shared.runtime.resources import resources_of

_RULE = "demain_access"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="demain"'}


class AccessNotDeclared(Exception):
    """A route without a rule."""


async def bearer(request: Request) -> Principal | None:
    """Who the request's token belongs to; None without one.

    Raises Problem 401 for a bad one, and for one of somebody who is not let in any more.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    header = request.headers.get("authorization")
    if known is not None or header is None:
        return known
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthenticated("Send the token as: Authorization: Bearer …")
    try:
        principal = await resources_of(request).tokens.verify(token.strip())
    except InvalidToken as error:
        raise _unauthenticated(f"The token is not valid: {error}") from error
    if await resources_of(request).denials.refuses(principal.id):
        # Why, only signing in says: it asks for the password.
        raise Problem(DENIED, "It was suspended or erased. Sign in to learn more.", headers=_CHALLENGE)
    request.state.principal = principal
    return principal


def _unauthenticated(detail: str) -> Problem:
    return Problem(UNAUTHENTICATED, detail, headers=_CHALLENGE)


def _ruled(rule: str, check: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Any]]:
    setattr(check, _RULE, rule)
    return check


async def _anyone(request: Request) -> Principal | None:
    return await bearer(request)


async def _signed_in(request: Request) -> Principal:
    principal = await bearer(request)
    if principal is None:
        raise _unauthenticated("Sign in and send your access token.")
    return principal


def having(*roles: Role) -> Any:
    """Only people who have one of these roles: ``actor: Annotated[Principal, having(Role.ADMIN)]``."""

    async def check(request: Request) -> Principal:
        principal = await _signed_in(request)
        if not principal.has(*roles):
            needed = ", ".join(sorted(roles))
            raise Problem(FORBIDDEN, f"This needs one of these roles: {needed}.")
        return principal

    return Depends(_ruled("role:" + "|".join(sorted(roles)), check))


Anyone = Annotated[Principal | None, Depends(_ruled("anyone", _anyone))]
"""Everybody may call it; what they see may depend on who they are."""

SignedIn = Annotated[Principal, Depends(_ruled("signed-in", _signed_in))]
"""Whoever has an account; what they may do is the service's policy."""


async def _by_itself(_: Request) -> None:
    return None


ByItself = Annotated[None, Depends(_ruled("by-itself", _by_itself))]
"""The endpoint finds out by itself who calls, in the way a standard prescribes (clients of OAuth 2.0). Its
``Authorization`` header may hold something else than a person's token."""

Admin = Annotated[Principal, having(Role.ADMIN)]


def rule_of(route: APIRoute) -> str | None:
    """The rule a route declares: ``anyone``, ``signed-in``, ``by-itself`` or ``role:…``; None if it does not."""

    def search(dependant: Dependant) -> str | None:
        rule: str | None = getattr(dependant.call, _RULE, None)
        if rule is not None:
            return rule
        return next((found for one in dependant.dependencies if (found := search(one))), None)

    return search(route.dependant)


def check_declared(route: APIRoute) -> None:
    """Raises AccessNotDeclared for a route without a rule."""
    if rule_of(route) is None:
        raise AccessNotDeclared(
            f"{sorted(route.methods or ())} {route.path}: say who may call it with Anyone, SignedIn or having(…)"
        )
