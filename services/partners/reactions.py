"""What partners does when identity speaks: remembers how people are named, and who shares a mail domain."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.tables import MailDomain, PersonName
from shared.contracts.identity import MAIL_DOMAINS, MailDomainMarked
from shared.messaging.envelope import Incoming
from shared.messaging.people import naming
from shared.messaging.reactions import Reactions, StateReaction
from shared.storage.tables import table_of


async def mark_domains(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the marks told. Whoever was forgotten shares a domain with nobody, and keeps nobody from reviewing."""
    marks = {UUID(m.key): m.contract.mark if isinstance(m.contract, MailDomainMarked) else None for m in messages}
    rows = insert(MailDomain).values([{"person": person, "mark": mark} for person, mark in marks.items()])
    await session.execute(rows.on_conflict_do_update(index_elements=["person"], set_={"mark": rows.excluded.mark}))


async def hide_domain(session: AsyncSession, key: str) -> None:
    """While it is not known, whoever it could conflict with reviews nothing."""
    with contextlib.suppress(ValueError):
        await session.execute(delete(MailDomain).where(table_of(MailDomain).c.person == UUID(key)))


NAMES = naming(PersonName)

REACTIONS = Reactions(
    "partners",
    states=(
        NAMES,
        StateReaction(MAIL_DOMAINS, mark_domains, hide_domain),
    ),
)
