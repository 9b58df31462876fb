"""Themes and territories: those a forum starts with, new ones, and changes. How they are merged: `merging`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import statements
from services.contributions.queries.taxonomy import moved_label, no_label
from services.contributions.rendering import slug
from services.contributions.schemas.taxonomy import TerritoryEditIn, TerritoryIn, ThemeEditIn, ThemeIn
from services.contributions.tables import Territory, Theme
from shared.http.preconditions import Expected
from shared.http.problems import INVALID, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock
from shared.storage.tables import table_of


@dataclass(frozen=True)
class Label:
    """A theme or a territory to be defined."""

    id: str
    french: str
    english: str
    parent: str | None = None


THEMES = (
    Label("mobility", "Mobilité", "Mobility"),
    Label("housing", "Logement", "Housing"),
    Label("energy", "Énergie", "Energy"),
    Label("water", "Eau", "Water"),
    Label("digital", "Numérique", "Digital"),
    Label("public-space", "Espace public", "Public space"),
    Label("governance", "Gouvernance", "Governance"),
)
TERRITORIES = (
    Label("europe", "Europe", "Europe"),
    Label("france", "France", "France", "europe"),
    Label("ile-de-france", "Île-de-France", "Île-de-France", "france"),
    Label("lille", "Lille", "Lille", "france"),
    Label("lyon", "Lyon", "Lyon", "france"),
    Label("marseille", "Marseille", "Marseille", "france"),
    Label("nantes", "Nantes", "Nantes", "france"),
    Label("rennes", "Rennes", "Rennes", "france"),
    Label("strasbourg", "Strasbourg", "Strasbourg", "france"),
    Label("outre-mer", "Outre-mer", "Overseas France", "france"),
)


async def define_the_usual(session: AsyncSession) -> int:
    """Define the themes and territories a forum starts with, as far as they are missing; how many were."""
    defined = 0
    for position, label in enumerate(THEMES):
        if await session.get(Theme, label.id) is None:
            theme = Theme(id=label.id, names={"fr": label.french, "en": label.english}, position=position)
            await tell(session, theme, statements.of_theme(theme))
            defined += 1
    for position, label in enumerate(TERRITORIES):
        if await session.get(Territory, label.id) is None:
            territory = Territory(
                id=label.id,
                names={"fr": label.french, "en": label.english},
                parent=label.parent,
                position=position,
            )
            await tell(session, territory, statements.of_territory(territory))
            await session.flush()
            defined += 1
    return defined


async def add_theme(session: AsyncSession, new: ThemeIn) -> Theme:
    """A new theme, after all others."""
    theme = Theme(
        id=new.id or _id_of(new),
        names=_by_language(new.names),
        descriptions=_by_language(new.descriptions),
        position=await _last(session, Theme),
    )
    session.add(theme)
    await session.flush()
    await tell(session, theme, statements.of_theme(theme))
    return theme


async def edit_theme(session: AsyncSession, id: str, expected: Expected, changes: ThemeEditIn) -> Theme:
    """Rename a theme, or describe it otherwise. Raises Problem 404, 410, 412."""
    theme = await lock(session, Theme, id)
    if theme is None:
        raise no_label(Theme, id)
    _change(theme, expected, changes)
    await tell(session, theme, statements.of_theme(theme))
    await session.flush()
    return theme


async def add_territory(session: AsyncSession, new: TerritoryIn) -> Territory:
    """A new territory, after all others. Raises Problem 422 for a parent that is not in use."""
    await hold_the_tree(session)
    if new.parent is not None:
        await _check_parent(session, new.parent)
    territory = Territory(
        id=new.id or _id_of(new),
        names=_by_language(new.names),
        descriptions=_by_language(new.descriptions),
        parent=new.parent,
        code=new.code,
        position=await _last(session, Territory),
    )
    session.add(territory)
    await session.flush()
    await tell(session, territory, statements.of_territory(territory))
    return territory


async def edit_territory(session: AsyncSession, id: str, expected: Expected, changes: TerritoryEditIn) -> Territory:
    """Rename, describe, move or code a territory. Raises Problem 404, 410, 412, 422 for a parent within itself."""
    moves = "parent" in changes.model_fields_set
    if moves:
        await hold_the_tree(session)
    territory = await lock(session, Territory, id)
    if territory is None:
        raise no_label(Territory, id)
    _change(territory, expected, changes)
    if moves and changes.parent != territory.parent:
        if changes.parent is not None:
            await _check_parent(session, changes.parent, of=id)
        territory.parent = changes.parent
    if "code" in changes.model_fields_set:
        territory.code = changes.code
    await tell(session, territory, statements.of_territory(territory))
    await session.flush()
    return territory


async def hold_the_tree(session: AsyncSession) -> None:
    """Let nobody else move territories until the transaction ends.

    Two moves that are harmless each alone can close a circle together, and no row is common to both. Taken before any
    row is locked, so that it is never waited for by who holds what its holder waits for.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('tree of territories'))"))


async def ancestors(session: AsyncSession, id: str) -> set[str]:
    """A territory and all it lies in. One query."""
    table: Any = table_of(Territory)
    up = select(table.c.id, table.c.parent).where(table.c.id == id).cte("up", recursive=True)
    above: Any = table_of(Territory).alias("above")
    up = up.union(select(above.c.id, above.c.parent).where(above.c.id == up.c.parent))
    return set((await session.execute(select(up.c.id))).scalars())


async def _check_parent(session: AsyncSession, parent: str, *, of: str | None = None) -> None:
    found = await session.get(Territory, parent, populate_existing=True)
    if found is None or found.moved_to is not None:
        raise Problem(
            INVALID, errors=[("parent", f"{parent!r} is not known; GET /api/territories lists those that are")]
        )
    if of is not None and of in await ancestors(session, parent):
        raise Problem(
            INVALID, errors=[("parent", f"{parent!r} is {of!r} or lies in it; choose a territory outside of it")]
        )


def _change(label: Theme | Territory, expected: Expected, changes: ThemeEditIn) -> None:
    if label.moved_to is not None:
        raise moved_label(label)
    expected.check(label.version)
    if changes.names is not None:
        label.names = _by_language(changes.names)
    if changes.descriptions is not None:
        label.descriptions = _by_language(changes.descriptions)
    label.version += 1


def _by_language(texts: Any) -> dict[str, str]:
    return {str(language): text for language, text in texts.items() if text}


def _id_of(new: ThemeIn) -> str:
    return slug(next(iter(new.names.values())))[:60].strip("-")


async def _last(session: AsyncSession, entity: type[Theme] | type[Territory]) -> int:
    column = table_of(entity).c.position
    return int((await session.execute(select(func.coalesce(func.max(column) + 1, 0)))).scalar_one())
