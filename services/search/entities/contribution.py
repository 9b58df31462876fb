"""Published contributions."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.contributions import CONTRIBUTIONS, ContributionPublished, ContributionWithdrawn
from shared.projection.projection import Picture


def _find(state: ContributionPublished) -> Findable:
    return Findable(
        language=state.language,
        title=state.title,
        summary=state.summary,
        body=state.text,
        url=state.url,
        date=state.published_at,
        kind=state.kind,
        themes=state.themes,
        territories=state.territories,
        people=state.refs(),
    )


ENTITY = Entity(Picture(CONTRIBUTIONS, ContributionPublished, ContributionWithdrawn), find=_find)
