"""Telling those who look for conflicts of interest which addresses share a domain, without telling the domain."""

from __future__ import annotations

import secrets

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import mail_domains, statements
from services.identity.tables import Account, InstallationSecret, MailDomain
from shared.contracts.identity import MailDomainForgotten
from shared.messaging.outbox import tell, write
from shared.storage.locks import lock

_PURPOSE = "mail domains"


async def mark(session: AsyncSession, account: Account) -> None:
    """Tell the mark of a (locked) account's address, which is verified, unless it is what was told last."""
    found = mail_domains.mark_of(await _secret(session), account.email)
    domain = await lock(session, MailDomain, account.id)
    if domain is None:
        domain = MailDomain(id=account.id)
    elif domain.mark == found:
        return
    domain.mark = found
    await tell(session, domain, statements.of_mail_domain(domain))


async def forget(session: AsyncSession, account: Account) -> None:
    """Tell that nothing is to be known of a (locked) account's address any more."""
    domain = await lock(session, MailDomain, account.id)
    if domain is not None:
        await write(session, MailDomainForgotten(id=str(account.id)), ordinal=domain.ordinal + 1)
        await session.delete(domain)
        await session.flush()


async def mark_all(session: AsyncSession) -> None:
    """Mark the accounts that were verified before there were marks."""
    unmarked = (
        select(Account)
        .outerjoin(MailDomain, col(MailDomain.id) == col(Account.id))
        .where(col(Account.verified_at).is_not(None), col(Account.forgotten_at).is_(None), col(MailDomain.id).is_(None))
        .order_by(col(Account.id))
        .with_for_update(of=Account)
    )
    for account in (await session.exec(unmarked)).all():
        await mark(session, account)


async def _secret(session: AsyncSession) -> bytes:
    made = insert(InstallationSecret).values(purpose=_PURPOSE, value=secrets.token_bytes(32))
    # Of two that need it first one makes it, and the other waits here and reads that one.
    await session.execute(made.on_conflict_do_nothing())
    found = select(InstallationSecret.value).where(col(InstallationSecret.purpose) == _PURPOSE)
    return (await session.exec(found)).one()
