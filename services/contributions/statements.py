"""What an entity's public state is, as it is told."""

from __future__ import annotations

from services.contributions.rendering import slug
from services.contributions.tables import Contribution, Territory, Theme
from services.contributions.workflow import State
from shared.contracts.contributions import (
    ContributionPublished,
    ContributionWithdrawn,
    TerritoryDefined,
    ThemeDefined,
)

_TAKEN = frozenset({"modifier", "etapes", "revisions", "commentaires", "charge"})
"""Addresses below a contribution that the site uses itself."""


def url_of(id: object, title: str) -> str:
    """Where a contribution is read on the site."""
    name = slug(title)
    return f"/contributions/{id}/{f'contribution-{name}' if name in _TAKEN else name}"


def of_contribution(contribution: Contribution) -> ContributionPublished | ContributionWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    if contribution.state != State.PUBLISHED or contribution.published_at is None:
        return ContributionWithdrawn(id=str(contribution.id)) if contribution.ordinal else None
    return ContributionPublished(
        id=str(contribution.id),
        kind=contribution.kind,
        language=contribution.language,
        title=contribution.title,
        summary=contribution.summary,
        text=contribution.text,
        themes=tuple(contribution.themes),
        territories=tuple(contribution.territories),
        authors=tuple(str(author) for author in contribution.authors),
        url=url_of(contribution.id, contribution.title),
        published_at=contribution.published_at,
    )


def of_theme(theme: Theme) -> ThemeDefined:
    """A theme and its names."""
    return ThemeDefined(id=theme.id, names=theme.names)


def of_territory(territory: Territory) -> TerritoryDefined:
    """A territory, its names, and the larger one it lies in."""
    return TerritoryDefined(id=territory.id, names=territory.names, within=territory.parent)
