"""Signing in, staying signed in, signing out.

These routes open their transactions themselves instead of asking for the request's `Session`, because
- Argon2 must not hold a database connection while it waits for its turn;
- that a stolen refresh token ends the sign-in must be committed, though the answer is an error;
- an ``Idempotency-Key`` would keep tokens in the database.
Each still commits before it answers.
"""

from __future__ import annotations

from datetime import timedelta

from fastapi import Response

from services.identity import credentials
from services.identity.commands import sign_ins as commands
from services.identity.credentials import NOT_STORED, wrong_credentials
from services.identity.problems import SIGN_IN_ENDED, SUSPENDED, UNVERIFIED, WRONG_CREDENTIALS
from services.identity.schemas import Credentials, Refresh, SignedIn
from services.identity.tokens import Tokens
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.settings import Settings

router = service_router()


@router.post("/api/identity/sessions", dependencies=[limited("sign-in", 60, 60)])
@failing(WRONG_CREDENTIALS, UNVERIFIED, SUSPENDED)
async def sign_in(body: Credentials, response: Response, resources: Resources, _: Anyone) -> SignedIn:
    """Sign in. The answer to a wrong pair is the same, and as late, whether there is such an account or not."""
    account, better_hash = await credentials.checked(resources, body.email, body.password.get_secret_value())
    async with resources.database.transaction() as session:
        tokens = await commands.begin(
            session, account, life=life_of_tokens(resources.settings), better_hash=better_hash
        )
    if tokens is None:
        raise wrong_credentials()
    return handed_over(tokens, response)


@router.post("/api/identity/sessions/refresh")
@failing(SIGN_IN_ENDED)
async def refresh(body: Refresh, response: Response, resources: Resources, _: Anyone) -> SignedIn:
    """New tokens for a refresh token. Shown a second time, it ends the sign-in it belongs to."""
    async with resources.database.transaction() as session:
        tokens = await commands.prolong(
            session, body.refresh_token.get_secret_value(), life=life_of_tokens(resources.settings)
        )
    if tokens is None:
        raise Problem(SIGN_IN_ENDED, "The refresh token is not valid any more.", headers=NOT_STORED)
    return handed_over(tokens, response)


@router.post("/api/identity/sessions/revoke", status_code=204)
async def revoke(body: Refresh, resources: Resources, _: Anyone) -> None:
    """Sign out: end the sign-in a refresh token belongs to. A token nobody has is fine (RFC 7009)."""
    async with resources.database.transaction() as session:
        await commands.end(session, body.refresh_token.get_secret_value())


def handed_over(tokens: Tokens, response: Response) -> SignedIn:
    """The answer that hands tokens over, kept by nobody on its way."""
    response.headers.update(NOT_STORED)
    return SignedIn.of(tokens)


def life_of_tokens(settings: Settings) -> timedelta:
    """How long access tokens live."""
    return timedelta(minutes=settings.access_token_minutes)
