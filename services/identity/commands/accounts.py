"""Opening accounts, and how people show themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, queries, statements
from services.identity.commands import mail_domains
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request_slowed
from services.identity.problems import EMAIL_TAKEN
from services.identity.tables import Account, MailToken
from shared.http.preconditions import Expected
from shared.http.problems import NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.identifiers import new_id
from shared.storage.locks import lock


async def open_account(
    session: AsyncSession, *, email: str, password_hash: str, display_name: str, language: Language = "fr"
) -> None:
    """Open an account that waits for its owner to verify the address, and send the mail for it.

    E-mail and name are in normal form. To an address with an account that mail says so; if nobody has verified it,
    whoever comes last is taken to be its owner, and links sent before are worth nothing. The caller learns none of
    this, so that nobody learns who has an account.
    """
    opened = insert(Account).values(
        id=new_id(),
        version=1,
        ordinal=0,
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        sought_name=naming.sought(display_name),
        biography="",
        affiliation="",
        created_at=datetime.now(UTC),
    )
    # Not by asking first: of two who come at once one is first, and the other waits for it here.
    await session.execute(opened.on_conflict_do_nothing(index_elements=["email"]))
    found = select(Account).where(col(Account.email) == email)
    account = (await session.exec(found.with_for_update().execution_options(populate_existing=True))).one()
    if account.verified_at is not None or account.forgotten_at is not None:
        await request_slowed(session, Kind.ALREADY, email, language)
        return
    account.password_hash = password_hash
    account.display_name, account.sought_name = display_name, naming.sought(display_name)
    await session.execute(delete(MailToken).where(col(MailToken.account_id) == account.id))
    await request_slowed(session, Kind.VERIFY, email, language)


async def enrol(session: AsyncSession, *, email: str, password_hash: str, display_name: str) -> Account:
    """An account whose address needs no mail, told to the others: for the sample, and for who has the database.

    Raises Problem 409 when the address has an account.
    """
    if await queries.by_email(session, email) is not None:
        raise Problem(EMAIL_TAKEN, EMAIL_TAKEN.title)
    account = Account(
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        sought_name=naming.sought(display_name),
        created_at=datetime.now(UTC),
    )
    session.add(account)
    await verified(session, account)
    return account


async def verified(session: AsyncSession, account: Account) -> None:
    """The address of a (locked) account is its owner's; from now on others are told of the person."""
    if account.verified_at is None:
        account.verified_at = datetime.now(UTC)
        await _say_who(session, account)
        await mail_domains.mark(session, account)


@dataclass(frozen=True)
class ProfileChanges:
    """What changes of a profile; None leaves it as it is. All are in normal form."""

    display_name: str | None = None
    biography: str | None = None
    affiliation: str | None = None
    orcid: str | None = None
    """Empty takes it away."""


async def edit_profile(session: AsyncSession, id: UUID, expected: Expected, changes: ProfileChanges) -> Account:
    """Change how a person shows themselves; the others are told when the name is another one.

    Raises Problem 404, 412.
    """
    account = await locked(session, id, expected)
    before = (account.display_name, account.biography, account.affiliation, account.orcid)
    renamed = changes.display_name is not None and changes.display_name != account.display_name
    if changes.display_name is not None:
        account.display_name, account.sought_name = changes.display_name, naming.sought(changes.display_name)
    if changes.biography is not None:
        account.biography = changes.biography
    if changes.affiliation is not None:
        account.affiliation = changes.affiliation
    if changes.orcid is not None:
        account.orcid = changes.orcid or None
    if before != (account.display_name, account.biography, account.affiliation, account.orcid):
        account.version += 1
    if renamed:
        await _say_who(session, account)
    return account


async def _say_who(session: AsyncSession, account: Account) -> None:
    statement = statements.of_person(account)
    if statement is not None:
        await tell(session, account, statement)


async def locked(session: AsyncSession, id: UUID, expected: Expected | None) -> Account:
    """The account, locked, at the version the caller means. Raises Problem 404, 412."""
    account = await lock(session, Account, id)
    if account is None or account.forgotten_at is not None:
        raise Problem(NOT_FOUND, "There is no such account.")
    if expected is not None:
        expected.check(account.version)
    return account
