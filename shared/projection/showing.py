"""Makes index documents of documents and puts them into the index, so that one bad document costs itself only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.projection.dirt import Dirt
from shared.projection.projection import shown
from shared.search_index.port import Change, IndexDocument, Remove, SearchIndex, Upsert

Render = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, IndexDocument]]]
"""Makes index documents of documents that may be seen; leaves out kinds that are not indexed. The stamp is
filled in afterwards."""

_OF_CONTENT = (ValueError, TypeError, LookupError, AttributeError)
"""What is wrong with one document, and must not hold up the others."""

log = structlog.get_logger()


def id_of(change: Change) -> str:
    """The document a change is about."""
    return change.document.id if isinstance(change, Upsert) else change.id


def changes_of(work: Iterable[Dirt], documents: Mapping[str, IndexDocument]) -> list[Change]:
    """What the index must be told of these: as they are now, or that they are not found."""
    return [
        Upsert(replace(documents[one.id], stamp=one.stamp)) if one.id in documents else Remove(one.id) for one in work
    ]


async def documents_of(session: AsyncSession, render: Render, ids: Iterable[str]) -> Mapping[str, IndexDocument]:
    """The index documents of those that may be seen and can be rendered."""
    visible = sorted(await shown(session, ids))
    if not visible:
        return {}
    try:
        return await render(session, visible)
    except _OF_CONTENT:
        found: dict[str, IndexDocument] = {}
        for id in visible:
            try:
                found.update(await render(session, [id]))
            except _OF_CONTENT as error:
                log.error("document cannot be rendered: it is not found", id=id, why=repr(error)[:300])
        return found


async def write(index: SearchIndex, changes: Sequence[Change], generation: str | None = None) -> set[str]:
    """Apply changes to the index; the ids of documents it refuses, which are then out of it."""
    try:
        await index.apply(changes, generation=generation)
        return set()
    except ValueError:
        refused: set[str] = set()
        for change in changes:
            try:
                await index.apply([change], generation=generation)
            except ValueError as error:
                log.error("index refuses document: it is not found", id=id_of(change), why=str(error)[:300])
                await index.apply([Remove(id_of(change))], generation=generation)
                refused.add(id_of(change))
        return refused
