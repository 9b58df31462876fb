"""What an entity's public state is, as it is told."""

from __future__ import annotations

from services.contributions.tables import Contribution, Territory, Theme
from services.contributions.workflow import State
from shared.contracts.contributions import (
    ContributionPublished,
    ContributionWithdrawn,
    TerritoryDefined,
    TerritoryRetired,
    ThemeDefined,
    ThemeRetired,
)
from shared.slugs import slug

_TAKEN = frozenset({"modifier", "etapes", "revisions", "commentaires", "charge", "auteurs", "traductions"})
"""Addresses below a contribution that the site uses itself."""


def url_of(id: object, title: str) -> str:
    """Where a contribution is read on the site."""
    name = slug(title, otherwise="contribution")
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


def of_theme(theme: Theme) -> ThemeDefined | ThemeRetired:
    """A theme and its names; one that was merged into another is not used any more."""
    if theme.moved_to is not None:
        return ThemeRetired(id=theme.id)
    return ThemeDefined(id=theme.id, names=theme.names)


def of_territory(territory: Territory) -> TerritoryDefined | TerritoryRetired:
    """A territory, its names, and the larger one it lies in; or that it is not used any more."""
    if territory.moved_to is not None:
        return TerritoryRetired(id=territory.id)
    return TerritoryDefined(id=territory.id, names=territory.names, within=territory.parent)
