"""Whoever another provider vouched for says who they are here: somebody new, or the owner of an account.

The browser's secret is in the body, never in an address, so that no log keeps it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, credentials, queries
from services.identity.api.answering import Onward, answered_of, code_for, onward
from services.identity.api.federation import existing
from services.identity.commands import federation
from services.identity.commands.recovery import link_used
from services.identity.commands.sign_ins import refuse_suspended, still_right
from services.identity.credentials import NOT_STORED
from services.identity.federation_tables import Arrival, FederatedIdentity
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request_slowed
from services.identity.problems import (
    ARRIVAL_OVER,
    EMAIL_TAKEN,
    LINK_USED,
    LINKED_ELSEWHERE,
    NO_PROVIDER,
    OTHER_BROWSER,
    REQUEST_OVER,
    SUSPENDED,
    TOO_MANY_LINKS,
    UNVERIFIED,
    WRONG_CREDENTIALS,
)
from services.identity.schemas import BrowserHeld, Credentials, Email, MailOnItsWay, Name, Secret
from services.identity.tables import Account
from services.identity.tokens import digest_of
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.storage.locks import lock

router = service_router()

_ROOM = "/api/identity/arrivals"


class ArrivalAnswer(BaseModel):
    """Who arrived in a browser, as far as the other provider tells."""

    provider: str = Field(description="What people call it")
    email: str | None
    email_verified: bool = Field(description="The provider says that the address is theirs")
    has_account: bool = Field(
        description="The address has an account; told only of one that is theirs, or everybody could ask whose has one"
    )
    display_name: str = Field(description="What the provider calls them; may be empty")
    expires_at: datetime


class AccountWanted(BrowserHeld):
    """A new account, of the address the provider says is theirs."""

    display_name: Name


class Proof(BrowserHeld, Credentials):
    """An account that is there already, and its password."""

    language: Language = "fr"
    """Of the mail that tells of it."""


class MailWantedThere(BrowserHeld):
    """A mail that shows an address to be theirs."""

    email: Email
    display_name: Name
    """Of the account that is opened if the address has none."""
    language: Language = "fr"


class Confirmation(BrowserHeld):
    """The secret of the link in that mail."""

    token: Annotated[Secret, Field(min_length=1, description="From the link in the mail")]
    language: Language = "fr"
    """Of the mail that tells of it."""


@router.post(f"{_ROOM}/current")
@failing(ARRIVAL_OVER, NO_PROVIDER)
async def read(body: BrowserHeld, response: Response, resources: Resources, _: Anyone) -> ArrivalAnswer:
    """Who arrived in a browser. A POST, because of what it sends."""
    provider = existing(resources)
    async with resources.database.reading() as session:
        arrival = await federation.arrived(session, body.browser.get_secret_value())
        account = await queries.by_email(session, arrival.email) if arrival.email and arrival.email_verified else None
    response.headers.update(NOT_STORED)
    return ArrivalAnswer(
        provider=provider.name,
        email=arrival.email,
        email_verified=arrival.email_verified,
        has_account=account is not None and account.verified_at is not None,
        display_name=arrival.display_name,
        expires_at=arrival.expires_at,
    )


@router.post(f"{_ROOM}/account", dependencies=[limited("sign-up", 20, 60)])
@failing(ARRIVAL_OVER, EMAIL_TAKEN, REQUEST_OVER, SUSPENDED)
async def open_account(body: AccountWanted, response: Response, resources: Resources, _: Anyone) -> Onward:
    """Open an account and sign in to it. Raises Problem 409 where its address has one, or is not theirs for sure."""
    async with resources.database.transaction() as session:
        arrival, known = await _held(session, body)
        if known is not None:
            # They came twice at once: the other one opened it.
            account = await federation.account_of(session, known)
        elif arrival.email is None or not arrival.email_verified:
            raise Problem(EMAIL_TAKEN, "Have a mail sent first, to show that the address is yours.")
        else:
            account = await federation.open_for(session, arrival, arrival.email, body.display_name)
        return await _signed_in(resources, session, arrival, account, response)


@router.post(f"{_ROOM}/sign-in", dependencies=[limited("sign-in", 60, 60)])
@failing(ARRIVAL_OVER, WRONG_CREDENTIALS, UNVERIFIED, SUSPENDED, REQUEST_OVER, LINKED_ELSEWHERE, TOO_MANY_LINKS)
async def prove(body: Proof, response: Response, resources: Resources, _: Anyone) -> Onward:
    """Link whoever arrived with the account whose password they know, and sign in to it. Guesses are slowed as ever."""
    async with resources.database.reading() as session:
        await federation.arrived(session, body.browser.get_secret_value())
    checked, better_hash = await credentials.checked(resources, body.email, body.password.get_secret_value())
    async with resources.database.transaction() as session:
        arrival, known = await _held(session, body)
        account = await still_right(session, checked, better_hash=better_hash)
        if account is None:
            raise credentials.wrong_credentials()
        await refuse_suspended(session, account)
        await attempts.succeeded(session, account.email)
        owner = known.account_id if known is not None else None
        await federation.link(session, account, arrival.issuer, arrival.subject, body.language, known=owner)
        return await _signed_in(resources, session, arrival, account, response)


@router.post(f"{_ROOM}/mails", status_code=202, dependencies=[limited("mails", 20, 60)])
@failing(ARRIVAL_OVER)
async def send_mail(body: MailWantedThere, resources: Resources, _: Anyone) -> MailOnItsWay:
    """Have a mail sent whose link shows an address to be theirs. The answer is the same whether it has an account."""
    browser = body.browser.get_secret_value()
    async with resources.database.transaction() as session:
        arrival = await federation.arrived(session, browser, locked=True)
        await federation.want_mail(session, arrival, body.email, body.display_name)
        await request_slowed(session, Kind.ARRIVAL, body.email, body.language, arrival=arrival.browser)
    return MailOnItsWay(email=body.email)


@router.post(f"{_ROOM}/confirmation", dependencies=[limited("links", 30, 60)])
@failing(LINK_USED, OTHER_BROWSER, ARRIVAL_OVER, EMAIL_TAKEN, REQUEST_OVER, SUSPENDED, LINKED_ELSEWHERE, TOO_MANY_LINKS)
async def confirm(body: Confirmation, response: Response, resources: Resources, _: Anyone) -> Onward:
    """Sign in whoever shows the link of the mail in the browser they arrived in: to the account of its address, which
    is linked, or to one that is opened.

    In another browser it is worth nothing: somebody else arrived, and wants the reader of the mail to let them in.
    """
    secret, browser = body.token.get_secret_value(), body.browser.get_secret_value()
    async with resources.database.transaction() as session:
        about = await federation.of_mail(session, secret)
        if about is None:
            raise link_used()
        if about.browser != digest_of(browser):
            raise Problem(OTHER_BROWSER, "Open the link in the browser in which it was begun.", headers=NOT_STORED)
        arrival, known = await _held(session, body)
        if arrival.mail_digest != digest_of(secret) or arrival.wanted_email is None:
            raise link_used()
        owner = known.account_id if known is not None else None
        found = await queries.by_email(session, arrival.wanted_email)
        account = await lock(session, Account, found.id) if found is not None else None
        if account is not None and account.verified_at is not None and account.email == arrival.wanted_email:
            await refuse_suspended(session, account)
            await federation.link(session, account, arrival.issuer, arrival.subject, body.language, known=owner)
        elif known is not None:
            account = await federation.account_of(session, known)
        else:
            account = await federation.open_for(session, arrival, arrival.wanted_email, arrival.wanted_name)
        return await _signed_in(resources, session, arrival, account, response)


async def _held(session: AsyncSession, body: BrowserHeld) -> tuple[Arrival, FederatedIdentity | None]:
    """Who arrived, locked, and whom they are linked with by now. The subject first: it comes before all others."""
    browser = body.browser.get_secret_value()
    seen = await federation.arrived(session, browser)
    known = await federation.hold(session, seen.issuer, seen.subject)
    arrival = await federation.arrived(session, browser, locked=True)
    if (arrival.issuer, arrival.subject) != (seen.issuer, seen.subject):
        raise Problem(ARRIVAL_OVER, "Somebody else arrived in this browser meanwhile.", headers=NOT_STORED)
    return arrival, known


async def _signed_in(
    resources: Resources, session: AsyncSession, arrival: Arrival, account: Account, response: Response
) -> Onward:
    await refuse_suspended(session, account)
    waiting = await answered_of(resources, session, arrival.request)
    answer = await code_for(resources, session, waiting, account, arrival.authenticated_at)
    await session.delete(arrival)
    return onward(answer, response)
