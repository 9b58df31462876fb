"""The adapters that the suite holds for, each as a way to open an index in a place of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from shared.search_index.port import SearchIndex, Upsert
from shared.search_index.tantivy_index import TantivyIndex
from tests.conformance.search_index.corpus import documents
from tests.support.meilisearch import a_place_on_meilisearch

Opening = Callable[[], SearchIndex]
"""Makes an index object, not opened yet, always on the same place."""


@asynccontextmanager
async def _tantivy(folder: Path) -> AsyncIterator[Opening]:
    yield lambda: TantivyIndex(folder / "index")


@asynccontextmanager
async def _meilisearch(_folder: Path) -> AsyncIterator[Opening]:
    async with a_place_on_meilisearch() as place:
        yield place.index


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Opening]]] = {
    "meilisearch": _meilisearch,
    "tantivy": _tantivy,
}


@pytest.fixture(params=sorted(ADAPTERS))
async def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opening]:
    """An empty place for an index."""
    async with ADAPTERS[request.param](tmp_path) as place:
        yield place


@pytest.fixture
async def empty(opening: Opening) -> AsyncIterator[SearchIndex]:
    """An index without documents, for cases that write."""
    index = opening()
    await index.open()
    yield index
    await index.close()


@pytest.fixture(scope="session", params=sorted(ADAPTERS))
async def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SearchIndex]:
    """The corpus, for cases that only read."""
    async with ADAPTERS[request.param](tmp_path_factory.mktemp("city")) as place:
        index = place()
        await index.open()
        await index.apply([Upsert(document) for document in documents()])
        yield index
        await index.close()
