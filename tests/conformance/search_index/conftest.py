"""The adapters that the suite holds for, each as a way to open an index in a place of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.search_index.port import SearchIndex, Upsert
from shared.search_index.tantivy_index import TantivyIndex
from tests.conformance.search_index.corpus import documents

Opening = Callable[[], SearchIndex]
"""Makes an index object, not opened yet, always on the same place."""


def _tantivy(folder: Path) -> Opening:
    return lambda: TantivyIndex(folder / "index")


ADAPTERS: dict[str, Callable[[Path], Opening]] = {"tantivy": _tantivy}


@pytest.fixture(params=sorted(ADAPTERS))
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """An empty place for an index."""
    return ADAPTERS[request.param](tmp_path)


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
    index = ADAPTERS[request.param](tmp_path_factory.mktemp("city"))()
    await index.open()
    await index.apply([Upsert(document) for document in documents()])
    yield index
    await index.close()
