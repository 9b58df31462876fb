"""What contributions tells: published contributions, themes and territories."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Gone, Shown, contract
from shared.contracts.identity import PersonNamed
from shared.messaging.log import Topic

CONTRIBUTIONS = Topic("demain.contributions.contributions")
THEMES = Topic("demain.contributions.themes")
TERRITORIES = Topic("demain.contributions.territories")


@contract
class ThemeDefined(Shown):
    """A theme and its name by language."""

    TYPE: ClassVar[str] = "demain.contributions.ThemeDefined"
    TOPIC: ClassVar[str] = THEMES.name
    ENTITY: ClassVar[str] = "theme"

    names: dict[str, str]


@contract
class ThemeRetired(Gone):
    """The theme is not used any more."""

    TYPE: ClassVar[str] = "demain.contributions.ThemeRetired"
    TOPIC: ClassVar[str] = THEMES.name
    ENTITY: ClassVar[str] = "theme"


@contract
class TerritoryDefined(Shown):
    """A territory and its name by language; ``within`` is the larger territory it lies in."""

    TYPE: ClassVar[str] = "demain.contributions.TerritoryDefined"
    TOPIC: ClassVar[str] = TERRITORIES.name
    ENTITY: ClassVar[str] = "territory"

    names: dict[str, str]
    within: str | None = None


@contract
class TerritoryRetired(Gone):
    """The territory is not used any more."""

    TYPE: ClassVar[str] = "demain.contributions.TerritoryRetired"
    TOPIC: ClassVar[str] = TERRITORIES.name
    ENTITY: ClassVar[str] = "territory"


@contract
class ContributionPublished(Shown):
    """A published contribution, whole."""

    TYPE: ClassVar[str] = "demain.contributions.ContributionPublished"
    TOPIC: ClassVar[str] = CONTRIBUTIONS.name
    ENTITY: ClassVar[str] = "contribution"

    kind: str
    language: str
    title: str
    summary: str
    text: str
    """The body as plain text, without markup."""
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    authors: tuple[str, ...]
    """Ids of people."""
    url: str
    """Path on the site."""
    published_at: AwareDatetime

    def refs(self) -> tuple[str, ...]:
        """Its authors: their names are searched with its text."""
        return tuple(PersonNamed.key(author) for author in self.authors)


@contract
class ContributionWithdrawn(Gone):
    """The contribution is not public any more."""

    TYPE: ClassVar[str] = "demain.contributions.ContributionWithdrawn"
    TOPIC: ClassVar[str] = CONTRIBUTIONS.name
    ENTITY: ClassVar[str] = "contribution"
