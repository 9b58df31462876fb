"""Writing down what was done to an account: ids and codes only."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.tables import AccountEvent, EventKind
from shared.auth.principal import Role


async def note(
    session: AsyncSession, account_id: UUID, kind: EventKind, *, by: UUID | None, role: Role | None = None
) -> None:
    """Note it beside what was done. ``by`` is None for the command line and the sample."""
    session.add(AccountEvent(account_id=account_id, kind=kind, role=role, by=by, at=datetime.now(UTC)))
    await session.flush()
