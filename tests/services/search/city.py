"""A search service that has heard of a small city."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.search.service import SERVICE
from shared.contracts.base import Contract
from shared.contracts.contributions import ContributionPublished
from shared.contracts.identity import PersonNamed
from shared.messaging.applier import Applier
from shared.messaging.log import Received
from shared.projection.projector import Projector
from shared.search_index.port import SearchIndex
from shared.search_index.tantivy_index import TantivyIndex
from tests.projection.speaking import Speaker
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving

JEANNE, KARIM, INES = (f"0192f000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
PEOPLE = (
    PersonNamed(id=JEANNE, name="Jeanne Delmas"),
    PersonNamed(id=KARIM, name="Karim Benali"),
    PersonNamed(id=INES, name="Inès Roussel"),
)


def contribution(number: int, title: str, **fields: Any) -> ContributionPublished:
    """A contribution; what a test does not care about is filled in."""
    given: dict[str, Any] = {
        "kind": "note",
        "language": "fr",
        "summary": f"Résumé de « {title} ».",
        "text": "Une contribution au débat sur la ville de demain.",
        "themes": ("mobility",),
        "territories": ("lyon",),
        "authors": (JEANNE,),
        "url": f"/contributions/{number}",
        "published_at": datetime(2026, 1, 1 + number % 28, 12, tzinfo=UTC),
        **fields,
    }
    return ContributionPublished(id=id_of(number), title=title, **given)


def id_of(number: int) -> str:
    """The id of the contribution of that number."""
    return f"0192f000-0000-7000-9000-{number:012d}"


CONTRIBUTIONS = (
    contribution(
        1,
        "Énergie et mobilité : un même réseau",
        kind="study",
        themes=("energy", "mobility"),
        text="Les bornes de recharge stabilisent le réseau électrique.",
        published_at=datetime(2025, 3, 31, 22, 30, tzinfo=UTC),
        authors=(JEANNE, KARIM),
    ),
    contribution(
        2,
        "Le vélo cargo au dernier kilomètre",
        kind="op-ed",
        territories=("nantes",),
        published_at=datetime(2026, 2, 10, 23, 59, 59, tzinfo=UTC),
    ),
    contribution(3, "Rénover <les> toits & façades", themes=("housing",), territories=("paris",), authors=(KARIM,)),
    contribution(
        4,
        "Cool streets for hot summers",
        language="en",
        kind="idea",
        themes=("public-space",),
        territories=("nantes", "lyon"),
        authors=(INES,),
        summary="Trees, water and shade along the streets.",
    ),
    contribution(5, "Mobilité douce et places de quartier", kind="note", authors=(INES, KARIM)),
    contribution(6, "La mobilité des aînés dans les quartiers", kind="interview", territories=("paris",)),
)


@dataclass
class City:
    """The service under test, what feeds it, and how far the index follows."""

    service: ServiceUnderTest
    index: SearchIndex
    applier: Applier
    projector: Projector
    speaker: Speaker = field(default_factory=Speaker)

    async def hears(self, *told: Contract) -> None:
        """Apply messages; the index does not show them yet."""
        await self.takes(*(self.speaker.says(one) for one in told))

    async def takes(self, *records: Received) -> None:
        """Apply records."""
        outcome = await self.applier.apply(records)
        assert not outcome.stops

    async def settles(self) -> None:
        """Have the index show all that was heard."""
        while await self.projector.show_dirt():
            pass

    async def get(self, path: str, expect: int = 200, **params: Any) -> Any:
        """The JSON of an answer."""
        answer = await self.service.http.get(path, params=params or None)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def search(self, q: str = "", expect: int = 200, **params: Any) -> Any:
        """What is answered to a search; ``since`` and ``until`` are the parameters ``from`` and ``to``."""
        renamed = {{"since": "from", "until": "to"}.get(name, name): value for name, value in params.items()}
        return await self.get("/api/search", expect, q=q, **renamed)

    async def titles(self, q: str = "", **params: Any) -> set[str]:
        """The titles a search finds."""
        return {hit["title"] for hit in (await self.search(q, **params))["hits"]}


@asynccontextmanager
async def city(server: TestServer, folder: Path, index: SearchIndex | None = None) -> AsyncIterator[City]:
    """An empty city, found on tantivy, or by an index that is not open yet."""
    index = index or TantivyIndex(folder / "index")
    await index.open()
    try:
        async with serving(server, SERVICE, index=index) as service:
            assert SERVICE.projection is not None and SERVICE.render is not None
            database, log = service.database, service.resources.log
            yield City(
                service,
                index,
                Applier(database, SERVICE.projection.reactions, "the log"),
                Projector(database, log, SERVICE.projection, index, SERVICE.render),
            )
    finally:
        await index.close()
