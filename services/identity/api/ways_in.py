"""One's own ways in: the identities at another provider that are linked with one's account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from services.identity import queries
from services.identity.api.accounts import existing as existing_account
from services.identity.api.answering import Onward
from services.identity.api.federation import Setting, existing, sent
from services.identity.commands import federation
from services.identity.credentials import NOT_STORED
from services.identity.outside.provider import outside_provider
from services.identity.problems import LAST_WAY_IN, NO_PROVIDER, PROVIDER_AWAY, SIGN_IN_AGAIN
from shared.auth.principal import Principal
from shared.http.access import SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import NOT_FOUND, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

LATELY = timedelta(minutes=15)
"""How long ago one may have shown who one is, to change who may sign in to one's account."""

_OWN = "/api/identity/me/outside-identities"


class LinkAnswer(BaseModel):
    """An identity at another provider that may sign in to one's account."""

    id: UUID
    provider: str = Field(description="What people call the provider; its issuer if it is not one we know any more")
    usable: bool = Field(description="The provider is one through which people come in now")
    linked_at: datetime
    used_at: datetime = Field(description="When somebody last came in with it")


class WaysIn(BaseModel):
    """The ways into one's account. At most ten identities, so there is one page."""

    has_password: bool
    items: list[LinkAnswer]


@router.get(_OWN)
@failing(NOT_FOUND)
async def ways_in(session: Session, resources: Resources, actor: SignedIn) -> WaysIn:
    """How one may sign in to one's account."""
    account = existing_account(await queries.account(session, actor.id)).account
    provider = outside_provider(resources)
    items = []
    for one in await federation.links_of(session, actor.id):
        usable = provider is not None and one.issuer == provider.issuer
        name = provider.name if provider is not None and usable else one.issuer
        items.append(LinkAnswer(id=one.id, provider=name, usable=usable, linked_at=one.linked_at, used_at=one.used_at))
    return WaysIn(has_password=bool(account.password_hash), items=items)


@router.post(_OWN, dependencies=[limited("outside", 60, 60)])
@failing(SIGN_IN_AGAIN, NO_PROVIDER, PROVIDER_AWAY)
async def set_out_to_link(body: Setting, response: Response, resources: Resources, actor: SignedIn) -> Onward:
    """Send one's browser to the other provider, to come back with an identity to link.

    It is a way in: who adds one showed lately who they are.
    """
    _refuse_long_ago(actor)
    provider = existing(resources)
    async with resources.database.transaction() as session:
        browser = body.browser.get_secret_value()
        secrets = await federation.depart(session, browser, provider.issuer, body.language, account_id=actor.id)
    return await sent(provider, resources, response, secrets, body.language, again=False)


@router.delete(f"{_OWN}/{{id}}", status_code=204)
@failing(NOT_FOUND, LAST_WAY_IN, SIGN_IN_AGAIN)
async def unlink(id: UUID, session: Session, resources: Resources, actor: SignedIn) -> None:
    """Unlink an identity, unless it is the only way in that is left."""
    _refuse_long_ago(actor)
    await federation.unlink(session, actor.id, id, issuer=resources.settings.oidc_issuer)


def _refuse_long_ago(actor: Principal) -> None:
    shown_at = actor.signed_in_at
    if shown_at is None or shown_at < datetime.now(UTC) - LATELY:
        raise Problem(SIGN_IN_AGAIN, "Sign in once more: this changes who may.", headers=NOT_STORED)
