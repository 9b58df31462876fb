"""Coming in through another provider: the way there and back.

As in `sign_ins`, these routes open their transactions themselves: the provider is asked between them, and no
``Idempotency-Key`` is to keep a code. The browser is known by a secret that it holds for the site: what was begun in
one cannot be finished in another.
"""

from __future__ import annotations

from typing import Annotated, Literal

import structlog
from fastapi import Path, Response
from pydantic import BaseModel, Field

from services.identity.api.answering import Onward, answered_of, code_for, onward, waiting_of
from services.identity.commands import federation
from services.identity.commands.sign_ins import refuse_suspended
from services.identity.credentials import NOT_STORED
from services.identity.federation_tables import Departure
from services.identity.letters.kinds import Language
from services.identity.outside.asking import ProviderAway
from services.identity.outside.id_token import NotVouched
from services.identity.outside.provider import OutsideProvider, Secrets, Vouched, outside_provider
from services.identity.problems import (
    ARRIVAL_OVER,
    DECLINED,
    LINKED_ELSEWHERE,
    NO_PROVIDER,
    NOT_VOUCHED,
    PROVIDER_AWAY,
    REQUEST_OVER,
    SUSPENDED,
    TOO_MANY_LINKS,
)
from services.identity.schemas import BrowserHeld
from services.identity.tables import Account
from services.identity.tokens import digest_of
from shared.auth.principal import Principal
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import CONFLICT, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.storage.locks import lock

router = service_router()
log = structlog.get_logger(__name__)

_ANSWERED = 2000
"""Characters a code and the like may have."""


class OutsideProviderAnswer(BaseModel):
    """Another provider through which people may come in."""

    name: str = Field(description="What people call it")
    host: str = Field(description="Whose it is")
    away: bool = Field(description="It does not answer; nobody comes in through it now")


class OutsideProvidersAnswer(BaseModel):
    """The other providers through which people may come in: none, or one."""

    items: list[OutsideProviderAnswer]


class Setting(BrowserHeld):
    """Which browser sets out."""

    language: Language = "fr"
    """Of the pages it comes back to."""


class Returning(BrowserHeld):
    """What a browser came back with."""

    state: Annotated[str, Field(max_length=_ANSWERED)] = ""
    code: Annotated[str, Field(max_length=_ANSWERED)] = ""
    error: Annotated[str, Field(max_length=_ANSWERED)] = ""
    iss: Annotated[str | None, Field(max_length=_ANSWERED)] = None


class Landed(BaseModel):
    """How it goes on with a browser that came back."""

    outcome: Literal["signed-in", "arrived", "linked"] = Field(
        description="`arrived`: no account is linked yet, see `/api/identity/arrivals`"
    )
    location: str | None = Field(description="Where the browser goes on that signed in")
    language: Language


@router.get("/api/identity/outside-providers")
async def providers(response: Response, resources: Resources, _: Anyone) -> OutsideProvidersAnswer:
    """Through which other providers people may come in."""
    provider = outside_provider(resources)
    response.headers.update(NOT_STORED)
    if provider is None:
        return OutsideProvidersAnswer(items=[])
    one = OutsideProviderAnswer(name=provider.name, host=provider.host, away=await provider.is_away())
    return OutsideProvidersAnswer(items=[one])


@router.post("/api/identity/authorization-requests/{id}/outside", dependencies=[limited("outside", 60, 60)])
@failing(REQUEST_OVER, CONFLICT, NO_PROVIDER, PROVIDER_AWAY)
async def set_out(
    id: Annotated[str, Path(max_length=100)], body: Setting, response: Response, resources: Resources, _: Anyone
) -> Onward:
    """Send a browser to the other provider, to come back and sign in to the site."""
    provider = existing(resources)
    async with resources.database.transaction() as session:
        waiting = await waiting_of(resources, session, id)
        if not waiting.client.is_site:
            raise Problem(CONFLICT, "People sign in to the site alone; this client asks for a decision.")
        again = waiting.signed_in_since is not None
        browser = body.browser.get_secret_value()
        secrets = await federation.depart(
            session, browser, provider.issuer, body.language, request_digest=digest_of(id)
        )
    return await sent(provider, resources, response, secrets, body.language, again=again)


async def sent(
    provider: OutsideProvider,
    resources: Resources,
    response: Response,
    secrets: Secrets,
    language: Language,
    *,
    again: bool,
) -> Onward:
    """Where a browser goes that sets out. Raises Problem 424."""
    try:
        location = await provider.address_for(secrets, site_url=resources.site_url, language=language, again=again)
    except ProviderAway as error:
        raise away(error) from error
    response.headers.update(NOT_STORED)
    return Onward(location=location)


@router.post("/api/identity/outside-returns", dependencies=[limited("outside", 60, 60)])
@failing(
    NO_PROVIDER, PROVIDER_AWAY, NOT_VOUCHED, DECLINED, SUSPENDED, REQUEST_OVER, ARRIVAL_OVER, LINKED_ELSEWHERE,
    TOO_MANY_LINKS,
)  # fmt: skip
async def come_back(body: Returning, response: Response, resources: Resources, actor: Anyone) -> Landed:
    """Sign in whoever the provider vouches for; or keep them waiting until they said who they are here; or link them.

    To link somebody, the token must be of the person who set out.
    """
    provider = existing(resources)
    browser = body.browser.get_secret_value()
    async with resources.database.transaction() as session:
        departure = await federation.returned(session, browser, body.state)
    if departure is None:
        raise not_vouched("nobody set out in this browser, or too long ago")
    vouched = await _vouched(provider, resources, body, departure)
    response.headers.update(NOT_STORED)
    if departure.account_id is not None:
        return await _link(resources, departure, vouched, actor)
    return await _sign_in(resources, departure, vouched, browser, response)


async def _vouched(provider: OutsideProvider, resources: Resources, body: Returning, departure: Departure) -> Vouched:
    try:
        await provider.check_issuer(body.iss)
        if body.error == "access_denied":
            raise Problem(DECLINED, "Nothing was told to us.", headers=NOT_STORED)
        if body.error or not body.code:
            raise NotVouched(f"the provider says: {body.error[:100] or 'nothing'}")
        return await provider.vouch(body.code, departure, site_url=resources.site_url)
    except NotVouched as why:
        raise not_vouched(str(why)) from why
    except ProviderAway as error:
        raise away(error) from error


async def _sign_in(
    resources: Resources, departure: Departure, vouched: Vouched, browser: str, response: Response
) -> Landed:
    assert departure.request is not None, "it does not link"
    language: Language = "en" if departure.language == "en" else "fr"
    async with resources.database.transaction() as session:
        known = await federation.hold(session, vouched.issuer, vouched.subject)
        if known is None:
            if not await federation.arrive(session, browser, vouched, departure.request):
                raise Problem(REQUEST_OVER, "It waited too long. Begin again.", headers=NOT_STORED)
            return Landed(outcome="arrived", location=None, language=language)
        account = await federation.account_of(session, known)
        await refuse_suspended(session, account)
        waiting = await answered_of(resources, session, departure.request)
        answer = await code_for(resources, session, waiting, account, vouched.authenticated_at)
        return Landed(outcome="signed-in", location=onward(answer, response).location, language=language)


async def _link(resources: Resources, departure: Departure, vouched: Vouched, actor: Principal | None) -> Landed:
    language: Language = "en" if departure.language == "en" else "fr"
    if actor is None or actor.id != departure.account_id:
        raise not_vouched("whoever set out is not signed in any more")
    async with resources.database.transaction() as session:
        known = await federation.hold(session, vouched.issuer, vouched.subject)
        account = await lock(session, Account, actor.id)
        if account is None or account.forgotten_at is not None:
            raise not_vouched("there is no such account any more")
        await refuse_suspended(session, account)
        owner = known.account_id if known is not None else None
        await federation.link(session, account, vouched.issuer, vouched.subject, language, known=owner)
    return Landed(outcome="linked", location=None, language=language)


def existing(resources: Resources) -> OutsideProvider:
    """The other provider. Raises Problem 404 where there is none."""
    provider = outside_provider(resources)
    if provider is None:
        raise Problem(NO_PROVIDER, "People come in by their password. Set OIDC_ISSUER for another provider.")
    return provider


def away(why: ProviderAway) -> Problem:
    """What is answered when the provider cannot be asked."""
    log.warning("the other provider is away", why=str(why))
    return Problem(PROVIDER_AWAY, "Try again later, or sign in with your password.", headers=NOT_STORED)


def not_vouched(why: str) -> Problem:
    """What is answered to what proves nothing; why is for the log."""
    log.warning("a sign-in did not come back from the other provider as it went", why=why)
    return Problem(NOT_VOUCHED, "Begin again.", headers=NOT_STORED)
