"""People another provider vouches for: the way there and back, and whom they are here.

Issuer and subject alone say who somebody is. An address never links anybody with an account that is there already:
its owner shows that it is theirs, by its password or by a mail to it. Everything about one subject happens under a
lock of its own, taken before that of the account: of two who arrive as the same person at once, the second finds the
account that the first opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy import select as pick
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, queries
from services.identity.commands import events
from services.identity.commands.accounts import verified
from services.identity.commands.authorizations import wait_longer
from services.identity.federation_tables import Arrival, Departure, FederatedIdentity
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request
from services.identity.outside.provider import Secrets, Vouched
from services.identity.problems import ARRIVAL_OVER, EMAIL_TAKEN, LAST_WAY_IN, LINKED_ELSEWHERE, TOO_MANY_LINKS
from services.identity.tables import Account, EventKind
from services.identity.tokens import digest_of, new_secret
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.locks import lock

DEPARTURE_LIFE = timedelta(minutes=15)
"""How long somebody may take at the other provider."""
ARRIVAL_LIFE = timedelta(minutes=30)
"""How long somebody may take to say who they are here; also how long the link in its mail is good."""
MOST_LINKS = 10
"""Identities linked with one account."""


# There and back


async def depart(
    session: AsyncSession,
    browser: str,
    issuer: str,
    language: Language,
    *,
    request_digest: bytes | None = None,
    account_id: UUID | None = None,
) -> Secrets:
    """Keep that a browser is sent to the provider: to sign in for a request that waits, or to link with an account."""
    now = datetime.now(UTC)
    await session.execute(delete(Departure).where(col(Departure.expires_at) <= now))
    if request_digest is not None:
        await wait_longer(session, request_digest, now + DEPARTURE_LIFE)
    secrets = Secrets(new_secret(), new_secret(), new_secret())
    session.add(
        Departure(
            state=digest_of(secrets.state),
            browser=digest_of(browser),
            issuer=issuer,
            nonce=secrets.nonce,
            verifier=secrets.verifier,
            request=request_digest,
            account_id=account_id,
            language=language,
            expires_at=now + DEPARTURE_LIFE,
        )
    )
    return secrets


async def returned(session: AsyncSession, browser: str, state: str) -> Departure | None:
    """Take away what came back, which cannot come back once more; None unless it was begun, here, not long ago.

    In another browser it is worth nothing, and stays for the one it was begun in.
    """
    gone = delete(Departure).where(
        col(Departure.state) == digest_of(state), col(Departure.browser) == digest_of(browser)
    )
    found = (await session.execute(gone.returning(Departure))).scalar_one_or_none()
    return found if found is not None and found.expires_at > datetime.now(UTC) else None


# Who they are


async def hold(session: AsyncSession, issuer: str, subject: str) -> FederatedIdentity | None:
    """Whom a subject is linked with; nobody else links it until the transaction ends, whether it is or not."""
    await session.execute(pick(func.pg_advisory_xact_lock(func.hashtextextended(f"{issuer} {subject}", 0))))
    found = select(FederatedIdentity).where(
        col(FederatedIdentity.issuer) == issuer, col(FederatedIdentity.subject) == subject
    )
    return (await session.exec(found.execution_options(populate_existing=True))).one_or_none()


async def account_of(session: AsyncSession, known: FederatedIdentity) -> Account:
    """The account of somebody known, locked. Raises Problem 410 if it is gone meanwhile."""
    account = await lock(session, Account, known.account_id)
    if account is None or account.forgotten_at is not None:
        raise _over()
    known.used_at = datetime.now(UTC)
    return account


async def arrive(session: AsyncSession, browser: str, vouched: Vouched, request_digest: bytes) -> bool:
    """Keep whom the provider vouched for until they have said who they are here; False if nobody waits for it."""
    now = datetime.now(UTC)
    await session.execute(delete(Arrival).where(col(Arrival.expires_at) <= now))
    # In one browser somebody arrives once at a time: the last counts.
    await session.execute(delete(Arrival).where(col(Arrival.browser) == digest_of(browser)))
    if not await wait_longer(session, request_digest, now + ARRIVAL_LIFE):
        return False
    session.add(
        Arrival(
            browser=digest_of(browser),
            issuer=vouched.issuer,
            subject=vouched.subject,
            email=vouched.email,
            email_verified=vouched.email_verified,
            display_name=vouched.display_name,
            authenticated_at=vouched.authenticated_at,
            request=request_digest,
            expires_at=now + ARRIVAL_LIFE,
        )
    )
    return True


async def arrived(session: AsyncSession, browser: str, *, locked: bool = False) -> Arrival:
    """Who arrived in a browser. Raises Problem 410 when nobody did, or too long ago."""
    digest = digest_of(browser)
    found = await lock(session, Arrival, digest) if locked else await session.get(Arrival, digest)
    if found is None or found.expires_at <= datetime.now(UTC):
        raise _over()
    return found


async def open_for(session: AsyncSession, arrival: Arrival, email: str, display_name: str) -> Account:
    """Open an account without a password, of an address shown to be theirs. Raises Problem 409 when it has one.

    An account that somebody opened with the address and never verified makes room: they did not show that it is theirs.
    """
    unverified = (col(Account.email) == email, col(Account.verified_at).is_(None), col(Account.forgotten_at).is_(None))
    await session.execute(delete(Account).where(*unverified))
    if await queries.by_email(session, email) is not None:
        raise Problem(EMAIL_TAKEN, "Show that it is yours: give its password, or have a mail sent.")
    account = Account(
        email=email,
        password_hash="",
        display_name=display_name,
        sought_name=naming.sought(display_name),
        created_at=datetime.now(UTC),
    )
    session.add(account)
    # Of two who open one with the same address at once the second waits here, and then fails on the constraint.
    await session.flush()
    await verified(session, account)
    await _keep(session, account, arrival.issuer, arrival.subject)
    return account


async def link(
    session: AsyncSession, account: Account, issuer: str, subject: str, language: Language, *, known: UUID | None
) -> None:
    """Link a subject, which is held, with a (locked) account whose owner showed that it is theirs; they get a mail.

    ``known`` is the account it is linked with already. Raises Problem 409 when that is another one, or it has too many.
    """
    if known == account.id:
        return
    if known is not None:
        raise Problem(LINKED_ELSEWHERE, "Sign in to that account and unlink it there first.")
    count = pick(func.count()).where(col(FederatedIdentity.account_id) == account.id)
    if (await session.execute(count)).scalar_one() >= MOST_LINKS:
        raise Problem(TOO_MANY_LINKS, f"At most {MOST_LINKS}. Unlink one first.")
    await _keep(session, account, issuer, subject)
    await request(session, Kind.LINKED, account.email, language, about=account.id)


async def _keep(session: AsyncSession, account: Account, issuer: str, subject: str) -> None:
    now = datetime.now(UTC)
    session.add(FederatedIdentity(issuer=issuer, subject=subject, account_id=account.id, linked_at=now, used_at=now))
    await session.flush()
    await events.note(session, account.id, EventKind.PROVIDER_LINKED, by=account.id)


# The mail that shows an address to be theirs


async def want_mail(session: AsyncSession, arrival: Arrival, email: str, display_name: str) -> None:
    """Note to which address a mail goes; links sent before are worth nothing."""
    arrival.wanted_email, arrival.wanted_name, arrival.mail_digest = email, display_name, None
    await session.flush()


async def of_mail(session: AsyncSession, secret: str) -> Arrival | None:
    """Which arrival the link of a mail is about, not locked, if it is still good."""
    found = select(Arrival).where(
        col(Arrival.mail_digest) == digest_of(secret), col(Arrival.expires_at) > datetime.now(UTC)
    )
    return (await session.exec(found)).one_or_none()


# One's own


async def links_of(session: AsyncSession, account_id: UUID) -> Sequence[FederatedIdentity]:
    """Who may sign in to an account, oldest first; at most `MOST_LINKS`."""
    found = select(FederatedIdentity).where(col(FederatedIdentity.account_id) == account_id)
    return (await session.exec(found.order_by(col(FederatedIdentity.id)))).all()


async def unlink(session: AsyncSession, account_id: UUID, id: UUID, *, issuer: str | None) -> None:
    """Unlink one of one's identities. ``issuer`` is the provider through which people come in now.

    Raises Problem 404, and 409 for the only way in that is left: there is no password, nor another identity there.
    """
    account = await lock(session, Account, account_id)
    links = await links_of(session, account_id)
    gone = next((one for one in links if one.id == id), None)
    if account is None or gone is None:
        raise Problem(NOT_FOUND, "There is no such link.")
    others = [one for one in links if one.id != id and one.issuer == issuer]
    if not account.password_hash and not others and gone.issuer == issuer:
        raise Problem(LAST_WAY_IN, "Choose a password first: the mail for a forgotten one leads there.")
    await session.delete(gone)
    await session.flush()
    await events.note(session, account_id, EventKind.PROVIDER_UNLINKED, by=account_id)


def _over() -> Problem:
    return Problem(ARRIVAL_OVER, "Nobody arrived in this browser, or too long ago. Begin again.")
