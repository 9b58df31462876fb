"""Published calls, open or over."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.partners import CALLS, CallPublished, CallWithdrawn
from shared.projection.projection import Picture


def _find(state: CallPublished) -> Findable:
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
    )


ENTITY = Entity(Picture(CALLS, CallPublished, CallWithdrawn), find=_find)
