"""Servers and folders that are gone when a test ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shared.storage.embedded_postgres import (
    EmbeddedPostgres,
    ServerSettings,
)
from tests.storage.embedded_postgres.owning import (
    QUICK,
    Owner,
    Server,
    run,
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Make servers that are stopped at the end of the test, whatever happens in it."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path, settings: ServerSettings = QUICK, **more: object) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder, settings, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        await one.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database in it, stopped; to be copied, not used."""
    folder = tmp_path_factory.mktemp("made") / "data"
    one = EmbeddedPostgres(folder, QUICK)
    url = await one.start()
    await run(url, "CREATE TABLE kept (word text)")
    await run(url, "INSERT INTO kept VALUES ('demain')")
    await one.stop()
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A stopped data folder of the test's own (as root: as a restored backup, owned by root)."""
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
async def owner() -> AsyncIterator[Callable[..., Owner]]:
    """Start owner processes that are killed at the end of the test, if they are still there."""
    started: list[Owner] = []

    def start(folder: Path, uid: int | None = None) -> Owner:
        started.append(Owner(folder, uid))
        return started[-1]

    yield start
    for one in started:
        await one.kill()
        for pipe in (one.process.stdin, one.process.stdout):
            assert pipe is not None
            pipe.close()
