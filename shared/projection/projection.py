"""Keeps the picture: applies state messages to ``document`` and marks what the index must show anew.

The guards of the consumer have already left only messages newer than what was applied, so a document row is
simply replaced. One message writes one row of ``dirt``; the projector spreads a cascade from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.base import Contract, Gone, Shown
from shared.messaging.envelope import Incoming
from shared.messaging.log import Topic
from shared.messaging.reactions import Reactions, StateReaction
from shared.projection import index_tasks


@dataclass(frozen=True)
class Picture:
    """One kind of entity in the projection."""

    topic: Topic
    shown: type[Shown]
    gone: type[Gone]
    named_by_others: bool = False
    """Whether documents that refer to it show its name, and must change with it."""
    erased_when_gone: bool = False
    """Whether not even the files of the index may hold anything of it once it is gone. An index keeps the words of
    what was taken out of it until it merges its files, which may be never: it is built again."""

    @property
    def entity(self) -> str:
        """Its kind."""
        return self.shown.ENTITY


Changed = Callable[[Sequence[str]], Contract]
"""Says that something of these kinds is shown otherwise."""


class ProjectionCannotWork(ValueError):
    """A kind that others hang under is not in the projection: their visibility could never be known."""


# Priority 0: must vanish; 1: new and changed; 2: renamed, which changes many others and hides nothing.
_UPSERT = text("""
    WITH fresh AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
            id text, epoch bigint, ordinal bigint, parent text, refs text[], visible boolean, rooted boolean,
            state jsonb, named boolean)
    ), old AS (
        SELECT id, parent, visible, state FROM document WHERE id IN (SELECT id FROM fresh)
    ), written AS (
        INSERT INTO document AS d (id, epoch, ordinal, parent, refs, visible, rooted, state)
        SELECT id, epoch, ordinal, parent, refs, visible, rooted, state FROM fresh ORDER BY id
        ON CONFLICT (id) DO UPDATE SET epoch = EXCLUDED.epoch, ordinal = EXCLUDED.ordinal,
            parent = EXCLUDED.parent, refs = EXCLUDED.refs, visible = EXCLUDED.visible,
            rooted = EXCLUDED.rooted, state = EXCLUDED.state
    )
    INSERT INTO dirt AS d (id, priority, cascade)
    SELECT f.id,
           CASE WHEN NOT f.visible THEN 0 WHEN f.named AND o.visible THEN 2 ELSE 1 END,
           f.visible IS DISTINCT FROM o.visible OR f.parent IS DISTINCT FROM o.parent
               OR (f.named AND f.state IS DISTINCT FROM o.state)
    FROM fresh f LEFT JOIN old o USING (id) ORDER BY f.id
    ON CONFLICT (id) DO UPDATE SET stamp = nextval('stamp'),
        priority = LEAST(d.priority, EXCLUDED.priority),
        cascade = d.cascade OR EXCLUDED.cascade,
        spread_to = CASE WHEN EXCLUDED.cascade THEN '' ELSE d.spread_to END
""")
_WAS_KNOWN = text("SELECT EXISTS (SELECT FROM document WHERE id = ANY(CAST(:ids AS text[])))")
_HIDE = text("""
    WITH written AS (
        INSERT INTO document AS d (id, epoch, ordinal, refs, visible, rooted)
        VALUES (:id, 0, 0, '{}', false, true)
        ON CONFLICT (id) DO UPDATE SET visible = false, state = NULL
    )
    INSERT INTO dirt AS d (id, priority, cascade) VALUES (:id, 0, true)
    ON CONFLICT (id) DO UPDATE SET stamp = nextval('stamp'), priority = 0, cascade = true, spread_to = ''
""")
_SHOWN = text("""
    WITH RECURSIVE up AS (
        SELECT id AS leaf, id, parent, visible, rooted FROM document WHERE id = ANY(CAST(:ids AS text[]))
        UNION ALL
        SELECT up.leaf, d.id, d.parent, d.visible, d.rooted FROM up JOIN document d ON d.id = up.parent
        WHERE up.visible AND NOT up.rooted
    ) CYCLE id SET looped USING path
    SELECT leaf FROM up GROUP BY leaf HAVING bool_and(visible) AND bool_or(rooted)
""")
# Each parent once, by a step to the next in its index: they are few beside what hangs below them, and this is asked
# again and again.
_ORPHANS = text("""
    WITH RECURSIVE parents AS (
        (SELECT parent FROM document WHERE parent IS NOT NULL ORDER BY parent LIMIT 1)
        UNION ALL
        SELECT (SELECT d.parent FROM document d WHERE d.parent > parents.parent ORDER BY d.parent LIMIT 1)
        FROM parents WHERE parents.parent IS NOT NULL
    ), missing AS MATERIALIZED (
        SELECT parent FROM parents
        WHERE parent IS NOT NULL AND NOT EXISTS (SELECT FROM document p WHERE p.id = parents.parent)
    )
    SELECT count(*) FROM missing JOIN document d ON d.parent = missing.parent WHERE d.visible AND NOT d.rooted
""")


class Projection:
    """Which kinds of entity a service keeps a picture of."""

    def __init__(self, name: str, pictures: Sequence[Picture], *, told: Changed | None = None) -> None:
        """``told`` makes the message that says of which kinds something is shown otherwise now.

        Raises ProjectionCannotWork if a kind's parent is missing.
        """
        kinds = {picture.entity for picture in pictures}
        for picture in pictures:
            missing = [kind for kind in picture.shown.PARENTS if kind is not None and kind not in kinds]
            if missing:
                raise ProjectionCannotWork(
                    f"{name}: {picture.entity} hangs under {', '.join(missing)}, which is not subscribed to"
                )
            if not picture.shown.PARENTS:
                raise ProjectionCannotWork(f"{name}: {picture.entity} may hang under nothing at all: say (None,)")
        self.name = name
        self.told = told
        self.pictures = tuple(pictures)
        self._by_topic = {picture.topic.name: picture for picture in pictures}

    @property
    def reactions(self) -> Reactions:
        """The projection as a consumer's reactions."""
        return Reactions(
            consumer=self.name,
            states=tuple(StateReaction(picture.topic, self.apply, self._hider(picture)) for picture in self.pictures),
        )

    async def apply(self, session: AsyncSession, messages: Sequence[Incoming]) -> None:
        """Replace the documents these messages are about, and mark them dirty."""
        rows = [self._row(message) for message in messages]
        erased = [
            message.contract.key(message.key)
            for message in messages
            if isinstance(message.contract, Gone) and self._by_topic[message.topic].erased_when_gone
        ]
        if erased and (await session.execute(_WAS_KNOWN, {"ids": erased})).scalar_one():
            await index_tasks.ask(session, "purge")
        await session.execute(_UPSERT, {"rows": json.dumps(rows)})

    def _row(self, message: Incoming) -> dict[str, Any]:
        state = message.contract
        picture = self._by_topic[message.topic]
        if not isinstance(state, picture.shown | picture.gone) or state.id != message.key:
            # It would change an entity that its key neither guards nor hides.
            raise ValueError(f"{state.TYPE} {state.id} cannot be told on {message.topic} as {message.key}")
        row = {
            "id": state.key(state.id),
            "epoch": message.epoch,
            "ordinal": message.ordinal,
            "named": picture.named_by_others,
        }
        if not isinstance(state, Shown):
            return {**row, "parent": None, "rooted": True, "refs": [], "visible": False, "state": None}
        parent = state.parent()
        kind = None if parent is None else parent.partition(":")[0]
        if kind not in state.PARENTS:
            raise ValueError(f"{state.TYPE} {state.id}: parent must be one of {state.PARENTS}, is {parent!r}")
        return {
            **row,
            "parent": parent,
            "rooted": parent is None,
            "refs": list(state.refs()),
            "visible": True,
            "state": state.model_dump(mode="json"),
        }

    def _hider(self, picture: Picture) -> Any:
        async def hide(session: AsyncSession, id: str) -> None:
            await session.execute(_HIDE, {"id": picture.shown.key(id)})

        return hide


async def shown(session: AsyncSession, ids: Iterable[str]) -> set[str]:
    """Those of the documents that may be seen: known and visible with all their ancestors."""
    rows = await session.execute(_SHOWN, {"ids": list(ids)})
    return set(rows.scalars())


async def orphans(session: AsyncSession) -> int:
    """How many entities wait for a parent nobody has told of."""
    return int((await session.execute(_ORPHANS)).scalar_one())


async def has_documents(session: AsyncSession) -> bool:
    """Whether anything was heard of yet."""
    return bool((await session.execute(text("SELECT EXISTS (SELECT FROM document)"))).scalar_one())
