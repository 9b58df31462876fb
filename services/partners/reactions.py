"""What partners does when identity speaks: remembers how people are named, and who shares a mail domain."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.tables import MailDomain, PersonName
from shared.contracts.identity import MAIL_DOMAINS, PEOPLE, MailDomainMarked, PersonNamed
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Reactions, StateReaction
from shared.storage.tables import table_of


async def name_people(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the names told, drop those to be forgotten."""
    named = [m.contract for m in messages if isinstance(m.contract, PersonNamed)]
    forgotten = [UUID(m.key) for m in messages if not isinstance(m.contract, PersonNamed)]
    if named:
        rows = insert(PersonName).values([{"id": UUID(person.id), "name": person.name} for person in named])
        await session.execute(rows.on_conflict_do_update(index_elements=["id"], set_={"name": rows.excluded.name}))
    if forgotten:
        await session.execute(delete(PersonName).where(table_of(PersonName).c.id.in_(forgotten)))


async def hide_person(session: AsyncSession, key: str) -> None:
    """Show no name rather than one that may be wrong. Never refuses a key: nobody is kept under one that is no id."""
    with contextlib.suppress(ValueError):
        await session.execute(delete(PersonName).where(table_of(PersonName).c.id == UUID(key)))


async def mark_domains(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the marks told. Whoever was forgotten shares a domain with nobody, and keeps nobody from reviewing."""
    marks = {UUID(m.key): m.contract.mark if isinstance(m.contract, MailDomainMarked) else None for m in messages}
    rows = insert(MailDomain).values([{"person": person, "mark": mark} for person, mark in marks.items()])
    await session.execute(rows.on_conflict_do_update(index_elements=["person"], set_={"mark": rows.excluded.mark}))


async def hide_domain(session: AsyncSession, key: str) -> None:
    """While it is not known, whoever it could conflict with reviews nothing."""
    with contextlib.suppress(ValueError):
        await session.execute(delete(MailDomain).where(table_of(MailDomain).c.person == UUID(key)))


REACTIONS = Reactions(
    "partners",
    states=(
        StateReaction(PEOPLE, name_people, hide_person),
        StateReaction(MAIL_DOMAINS, mark_domains, hide_domain),
    ),
)
