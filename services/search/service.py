"""What search declares to the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.search.api import router
from services.search.documents import render
from services.search.entity import entities
from services.search.tables import METADATA
from shared.contracts.search import INDEX, IndexChanged
from shared.projection.projection import Projection
from shared.runtime.service import Service


def _changed(kinds: Sequence[str]) -> IndexChanged:
    """Told by each batch that the index took: whoever keeps what was found hears that it is old."""
    return IndexChanged(id="search", types=tuple(kinds))


SERVICE = Service(
    name="search",
    title="Search: everything public, found",
    paths=("/api/search",),
    router=router,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    projection=Projection("search", [entity.picture for entity in entities().values()], told=_changed),
    also_tells=(INDEX,),
    render=render,
)
