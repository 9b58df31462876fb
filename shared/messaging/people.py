"""How a service keeps the names of people, as identity tells them: one table, one reaction to its topic."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.identity import PEOPLE, PersonNamed
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import StateReaction
from shared.storage.tables import table_of


class Named(SQLModel):
    """The columns of such a table: a person's id, and how identity last told to name them."""

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)


def naming(kept: type[Named]) -> StateReaction:
    """The reaction that keeps ``kept`` as identity tells."""
    table = table_of(kept)
    # Two parameters, however many people: a VALUES list would be made and planned anew for each number of them.
    both = func.unnest(bindparam("ids", type_=ARRAY(Uuid)), bindparam("names", type_=ARRAY(Text)))
    told = both.table_valued("id", "name").render_derived()
    rows = insert(table).from_select(["id", "name"], select(told.c.id, told.c.name))
    keep = rows.on_conflict_do_update(index_elements=["id"], set_={"name": rows.excluded.name})
    forget = delete(table).where(table.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))

    async def apply(session: AsyncSession, messages: Sequence[Incoming]) -> None:
        """Keep the names told, drop those to be forgotten."""
        named = [m.contract for m in messages if isinstance(m.contract, PersonNamed)]
        forgotten = [UUID(m.key) for m in messages if not isinstance(m.contract, PersonNamed)]
        if named:
            ids, names = [UUID(person.id) for person in named], [person.name for person in named]
            await session.execute(keep, {"ids": ids, "names": names})
        if forgotten:
            await session.execute(forget, {"ids": forgotten})

    async def hide(session: AsyncSession, key: str) -> None:
        """Show no name rather than one that may be wrong. Never refuses a key: nobody is kept under one that is no
        id."""
        with contextlib.suppress(ValueError):
            await session.execute(forget, {"ids": [UUID(key)]})

    return StateReaction(PEOPLE, apply, hide)
