"""Debates: coming, open and over."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.debates import DEBATES, DebateAnnounced, DebateWithdrawn
from shared.projection.projection import Picture


def _find(state: DebateAnnounced) -> Findable:
    return Findable(
        language=state.language,
        title=state.question,
        summary=state.introduction.partition("\n")[0],
        body=state.introduction,
        url=state.url,
        date=state.opens_at,
        themes=state.themes,
        territories=state.territories,
        people=state.refs(),
    )


ENTITY = Entity(Picture(DEBATES, DebateAnnounced, DebateWithdrawn), find=_find)
