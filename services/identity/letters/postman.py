"""Sends the mails that were asked for, once what they are about is committed.

A mail stays in the database until the mail server took it. While that is away it is tried again, less and less
often; a process that dies while sending leaves it to the next try, which may send it a second time: twice is
better than never.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import structlog
from sqlalchemy import delete
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, queries
from services.identity.federation_tables import Arrival, Departure
from services.identity.letters.kinds import ARRIVAL_PAGE, LINKS, Kind
from services.identity.letters.writing import write
from services.identity.outside.provider import outside_provider
from services.identity.tables import Account, Letter, MailToken
from services.identity.tokens import digest_of, new_secret
from shared.mail.port import Mail, MailAway, MailRefused
from shared.runtime.resources import Resources
from shared.storage.locks import lock

LOOK_EVERY = 0.5
"""Seconds between two looks for mails to send."""
LEASE = timedelta(minutes=2)
"""How long a mail belongs to the process that took it up; longer than sending can take."""
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=3)
UNVERIFIED_KEPT = timedelta(days=7)
"""How long an account is kept whose address nobody verified."""
HOUSEKEEPING_EVERY = timedelta(hours=1)

log = structlog.get_logger()


class Postman:
    """Works in every process; each mail is one process's at a time."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._trouble: str | None = None
        self._next_housekeeping = datetime.now(UTC)

    def complaint(self) -> str | None:
        """Why mails wait."""
        return self._trouble

    async def run(self) -> None:
        """Send mails for ever."""
        while True:
            if datetime.now(UTC) >= self._next_housekeeping:
                await self.keep_house()
                self._next_housekeeping = datetime.now(UTC) + HOUSEKEEPING_EVERY
            if not await self.deliver_one():
                await asyncio.sleep(LOOK_EVERY)

    async def deliver_one(self) -> bool:
        """Send the mail that waits longest; whether there was one. Its trouble is kept for `complaint`."""
        taken = await self._take()
        if taken is None:
            return False
        letter, mail = taken
        if mail is not None and self._resources.mail is not None:
            try:
                await self._resources.mail.send(mail)
            except MailAway as error:
                await self._wait(letter, str(error))
                return True
            except MailRefused as error:
                log.warning("a mail was refused for good", letter=str(letter.id), kind=letter.kind, why=str(error))
            else:
                self._trouble = None
        if Kind(letter.kind) is Kind.ERASED and letter.account_id is not None and self._resources.mail is not None:
            try:
                await self._resources.mail.forget(letter.account_id, letter.email)
            except MailAway as error:
                await self._wait(letter, str(error))
                return True
        async with self._resources.database.transaction() as session:
            await session.execute(delete(Letter).where(col(Letter.id) == letter.id))
        return True

    async def _take(self) -> tuple[Letter, Mail | None] | None:
        """The next letter, ours for a while, and the mail it becomes; no mail if there is nobody to get it."""
        now = datetime.now(UTC)
        async with self._resources.database.transaction() as session:
            due = select(Letter).where(col(Letter.due_at) <= now).order_by(col(Letter.due_at)).limit(1)
            letter = (await session.exec(due.with_for_update(skip_locked=True))).one_or_none()
            if letter is None:
                return None
            letter.due_at = now + LEASE
            letter.attempts += 1
            return letter, await self._mail(session, letter, now)

    async def _mail(self, session: AsyncSession, letter: Letter, now: datetime) -> Mail | None:
        addressed = await self._addressed(session, letter)
        if addressed is None:
            return None
        kind, account, named = addressed
        site = self._resources.site_url + ("" if letter.language == "fr" else f"/{letter.language}")
        link = site + "/"
        if kind in LINKS and account is not None:
            path, life = LINKS[kind]
            secret = new_secret()
            session.add(
                MailToken(
                    digest=digest_of(secret),
                    purpose=kind,
                    account_id=account.id,
                    email=letter.email if kind is Kind.CHANGE else None,
                    expires_at=now + life,
                )
            )
            link = f"{site}{path}?{urlencode({'jeton': secret})}"
        elif kind in (Kind.ARRIVAL, Kind.JOIN):
            arrival = await self._arrival(session, letter)
            if arrival is None:
                return None
            secret = new_secret()
            arrival.mail_digest = digest_of(secret)
            link = f"{site}{ARRIVAL_PAGE}?{urlencode({'jeton': secret})}"
        name = account.display_name if account is not None and named else ""
        outside = outside_provider(self._resources)
        provider = outside.name if outside is not None else ""
        mail = write(
            letter.id, kind, letter.language, to=letter.email, name=name, site=site, link=link, provider=provider
        )
        return replace(mail, person=account.id if account is not None else letter.account_id)

    @staticmethod
    async def _arrival(session: AsyncSession, letter: Letter) -> Arrival | None:
        """The arrival a mail is about, locked; None when it is over, or wants its mail elsewhere by now."""
        arrival = await lock(session, Arrival, letter.arrival) if letter.arrival is not None else None
        if arrival is None or arrival.expires_at <= datetime.now(UTC) or arrival.wanted_email != letter.email:
            return None
        return arrival

    @staticmethod
    async def _addressed(session: AsyncSession, letter: Letter) -> tuple[Kind, Account | None, bool] | None:
        """What the mail says, whom it is about, and whether it may name them; None if nobody is to get one."""
        kind = Kind(letter.kind)
        if kind is Kind.ERASED:
            return kind, None, False
        account = await queries.by_email(session, letter.email)
        if kind is Kind.ARRIVAL:
            # Nobody showed yet that the address is theirs: a mail to a stranger names nobody.
            known = account is not None and account.verified_at is not None
            return (Kind.JOIN, account, True) if known else (kind, None, False)
        if kind in (Kind.CHANGE, Kind.CHANGED, Kind.LINKED):
            about = await session.get(Account, letter.account_id)
            if about is None or about.forgotten_at is not None:
                return None
            if kind is not Kind.CHANGE:
                return kind, about, True
            if account is not None and account.verified_at is not None:
                return Kind.TAKEN, account, True
            return kind, about, False
        if account is None or (kind is not Kind.RESET and (kind is Kind.VERIFY) == (account.verified_at is not None)):
            return None
        return kind, account, account.verified_at is not None

    async def _wait(self, letter: Letter, why: str) -> None:
        now = datetime.now(UTC)
        async with self._resources.database.transaction() as session:
            if now - letter.created_at > GIVEN_UP_AFTER:
                log.error("a mail was given up", letter=str(letter.id), kind=letter.kind, why=why)
                await session.execute(delete(Letter).where(col(Letter.id) == letter.id))
            else:
                kept = await session.get(Letter, letter.id)
                if kept is not None:
                    kept.due_at = now + min(FIRST_DELAY * 2 ** min(letter.attempts - 1, 12), LONGEST_DELAY)
                    await session.flush()
            waiting = (await session.exec(select(func.count()).select_from(Letter))).one()
        if self._trouble is None:
            log.warning("mails wait", why=why)
        self._trouble = f"{waiting} mail(s) wait: {why}"

    async def keep_house(self) -> None:
        """Delete links and ways through another provider that are too old, accounts nobody verified, and attempts that
        count no more."""
        now = datetime.now(UTC)
        async with self._resources.database.transaction() as session:
            for waiting in (MailToken, Departure, Arrival):
                await session.execute(delete(waiting).where(col(waiting.expires_at) <= now))
            await session.execute(
                delete(Account).where(
                    col(Account.verified_at).is_(None),
                    col(Account.forgotten_at).is_(None),
                    col(Account.created_at) <= now - UNVERIFIED_KEPT,
                )
            )
            await attempts.forget_old(session)
