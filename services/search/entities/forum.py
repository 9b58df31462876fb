"""Published forums; cancelled ones too, as cancelled."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.events import FORUMS, ForumPublished, ForumWithdrawn
from shared.projection.projection import Picture


def _find(state: ForumPublished) -> Findable:
    return Findable(
        language=state.language,
        title=state.title,
        summary=state.summary,
        body=f"{state.venue}\n{state.text}",
        url=state.url,
        date=state.begins_at,
        themes=state.themes,
        territories=state.territories,
    )


ENTITY = Entity(Picture(FORUMS, ForumPublished, ForumWithdrawn), find=_find)
