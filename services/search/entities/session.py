"""Sessions of published forums."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.events import SESSIONS, SessionScheduled, SessionWithdrawn
from shared.projection.projection import Picture


def _find(state: SessionScheduled) -> Findable:
    return Findable(
        language=state.language,
        title=state.title,
        summary=state.summary,
        # Who is no person here is found by name all the same.
        body="\n".join([*(one.name for one in state.speakers), state.track or "", state.text]),
        url=state.url,
        date=state.begins_at,
        people=state.refs(),
    )


ENTITY = Entity(Picture(SESSIONS, SessionScheduled, SessionWithdrawn), find=_find)
