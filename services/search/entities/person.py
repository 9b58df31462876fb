"""People: never found by themselves, named with what they wrote."""

from __future__ import annotations

from services.search.entity import Entity
from shared.contracts.identity import PEOPLE, PersonForgotten, PersonNamed
from shared.projection.projection import Picture


def _name(state: PersonNamed) -> str:
    return state.name


ENTITY = Entity(Picture(PEOPLE, PersonNamed, PersonForgotten, named_by_others=True, erased_when_gone=True), name=_name)
