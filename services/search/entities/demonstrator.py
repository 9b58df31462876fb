"""Published demonstrators, running or ended; their kind is which of both."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.partners import DEMONSTRATORS, DemonstratorPublished, DemonstratorWithdrawn
from shared.projection.projection import Picture


def _find(state: DemonstratorPublished) -> Findable:
    return Findable(
        language=state.language,
        title=state.title,
        summary=state.summary,
        body="\n\n".join(part for part in (state.place, state.text, ", ".join(state.partners)) if part),
        url=state.url,
        date=state.published_at,
        kind=state.state,
        themes=state.themes,
        territories=state.territories,
    )


ENTITY = Entity(Picture(DEMONSTRATORS, DemonstratorPublished, DemonstratorWithdrawn), find=_find)
