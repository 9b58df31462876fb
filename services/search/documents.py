"""What may be shown of the projection now, and how it is put into the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.search.entity import Findable, entity_of
from shared.projection.projection import shown
from shared.search_index.port import IndexDocument

log = structlog.get_logger()

_WITH_NAMES = text("""
    SELECT d.id, d.state, EXISTS (SELECT FROM dirt WHERE dirt.id = d.id) AS dirty
    FROM document d
    WHERE d.visible AND (
        d.id = ANY(CAST(:ids AS text[]))
        OR d.id = ANY(ARRAY(SELECT unnest(refs) FROM document WHERE id = ANY(CAST(:ids AS text[]))))
    )
""")


@dataclass(frozen=True, slots=True)
class Document:
    """An entity that may be seen now."""

    found: Findable
    settled: bool
    """Whether the index shows it as it is; if not, what the index says about it may be outdated."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The documents that may be seen, and the names shown with them, by key."""

    documents: Mapping[str, Document]
    names: Mapping[str, str]


async def seen(session: AsyncSession, keys: Iterable[str]) -> Seen:
    """Read documents with the names of those they refer to, and leave out what must not be seen.

    Two queries, however many keys. The check of visibility comes last: what was hidden meanwhile is left out.
    """
    asked = set(keys)
    if not asked:
        return Seen({}, {})
    rows = (await session.execute(_WITH_NAMES, {"ids": sorted(asked)})).all()
    visible = await shown(session, [row.id for row in rows])
    documents: dict[str, Document] = {}
    names: dict[str, str] = {}
    for row in rows:
        entity = entity_of(row.id)
        if entity is None or row.id not in visible:
            continue
        try:
            state = entity.picture.shown.model_validate(row.state)
        except ValidationError as error:
            # Kept by an earlier version of this service: it is told again, or never found again.
            log.error("state cannot be read any more: have its owner say it again", id=row.id, why=str(error)[:300])
            continue
        if entity.name is not None:
            names[row.id] = entity.name(state)
        if entity.find is not None and row.id in asked:
            documents[row.id] = Document(entity.find(state), settled=not row.dirty)
    return Seen(documents, names)


async def render(session: AsyncSession, keys: Sequence[str]) -> Mapping[str, IndexDocument]:
    """The index documents of those that are found by themselves. See `shared.projection.showing.Render`."""
    now = await seen(session, keys)
    return {key: _index_document(key, one.found, now.names) for key, one in now.documents.items()}


def _index_document(key: str, found: Findable, names: Mapping[str, str]) -> IndexDocument:
    return IndexDocument(
        id=key,
        stamp=0,
        type=key.partition(":")[0],
        language=found.language,
        title=found.title,
        summary=found.summary,
        body=found.body,
        date=found.date if found.date.tzinfo else found.date.replace(tzinfo=UTC),
        people=tuple(names[person] for person in found.people if person in names),
        facets={
            "kind": (found.kind,) if found.kind else (),
            "theme": found.themes,
            "territory": found.territories,
        },
    )
