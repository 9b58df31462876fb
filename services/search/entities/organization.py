"""Published organizations."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.partners import ORGANIZATIONS, OrganizationPublished, OrganizationWithdrawn
from shared.projection.projection import Picture


def _find(state: OrganizationPublished) -> Findable:
    return Findable(
        language=state.language,
        title=state.name,
        summary=state.summary,
        body="\n\n".join(part for part in (state.text, state.siren) if part),
        url=state.url,
        date=state.published_at,
        kind=state.kind,
        themes=state.themes,
        territories=state.territories,
    )


ENTITY = Entity(Picture(ORGANIZATIONS, OrganizationPublished, OrganizationWithdrawn), find=_find)
