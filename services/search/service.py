"""What search declares to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.search.api import router
from services.search.documents import render
from services.search.entity import entities
from services.search.tables import METADATA
from shared.projection.projection import Projection
from shared.runtime.service import Service

SERVICE = Service(
    name="search",
    title="Search: everything public, found",
    paths=("/api/search",),
    router=router,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    projection=Projection("search", [entity.picture for entity in entities().values()]),
    render=render,
)
