"""Themes and territories."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import statements
from services.contributions.tables import Territory, Theme
from shared.messaging.outbox import tell


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
