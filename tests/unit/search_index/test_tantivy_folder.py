"""The folder of the tantivy index: one owner, crashes, other schema versions, segments."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.search_index.port import IndexUnavailable, Query, Remove, Upsert
from shared.search_index.tantivy import generations
from shared.search_index.tantivy.schema import to_tantivy
from shared.search_index.tantivy_index import TantivyIndex
from tests.conformance.search_index.corpus import documents

BUSY = Path(__file__).with_name("busy_writer.py")


async def filled(folder: Path) -> str:
    """An index with the corpus, rebuilt properly, closed; the name of its generation."""
    index = TantivyIndex(folder)
    await index.open()
    await index.begin("g1")
    await index.apply([Upsert(document) for document in documents()], generation="g1")
    await index.swap("g1")
    await index.close()
    return "g1"


async def test_one_process_only(tmp_path: Path) -> None:
    first, second = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    await first.open()
    with pytest.raises(IndexUnavailable, match=rf"process {os.getpid()}.*MEILI_URL"):
        await second.open()
    await first.apply([Upsert(documents()[0])])
    await first.close()
    await second.open()
    assert await second.count() == 1
    await second.close()


async def test_a_place_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    index = TantivyIndex(tmp_path / "file")
    with pytest.raises(IndexUnavailable, match="file"):
        await index.open()


async def assert_starts_anew(folder: Path, old: str) -> None:
    index = TantivyIndex(folder)
    await index.open()
    try:
        assert await index.needs_rebuild()
        assert await index.count() == 0
        assert await index.live() != old
        await index.apply([Upsert(documents()[0])])
        assert (await index.query(Query("mobilité"))).total == 1
    finally:
        await index.close()


async def test_another_schema_version_starts_anew(tmp_path: Path) -> None:
    name = await filled(tmp_path)
    about = tmp_path / name / "demain.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "schema": 0}))
    await assert_starts_anew(tmp_path, name)
    index = TantivyIndex(tmp_path)
    await index.open()
    assert name in await index.generations()
    with pytest.raises(ValueError, match="version 0"):
        await index.swap(name)
    await index.begin(name)
    await index.swap(name)
    assert not await index.needs_rebuild()
    await index.close()


@pytest.mark.parametrize("victim", ["meta.json", "demain.json", "*.store"])
async def test_a_damaged_generation_starts_anew(tmp_path: Path, victim: str) -> None:
    name = await filled(tmp_path)
    for file in (tmp_path / name).glob(victim):
        file.write_bytes(b"{")
    await assert_starts_anew(tmp_path, name)


@pytest.mark.parametrize("text", ["", "gone", "../elsewhere", "\xff\x00"])
async def test_a_record_that_names_nothing_starts_anew(tmp_path: Path, text: str) -> None:
    name = await filled(tmp_path)
    (tmp_path / "CURRENT").write_text(text, encoding="latin-1")
    await assert_starts_anew(tmp_path, name)


@pytest.mark.parametrize("step", ["write", "replace"])
async def test_a_swap_that_breaks_off_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The disk refuses while the new name is written, or just before it takes the old one's place."""
    name = await filled(tmp_path)
    index = TantivyIndex(tmp_path)
    await index.open()
    await index.begin("g2")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        if step == "write":
            broken.setattr(os, "fsync", refuse)
        else:
            broken.setattr(Path, "replace", refuse)
        with pytest.raises(IndexUnavailable, match="No space"):
            await index.swap("g2")
    assert await index.live() == name
    await index.close()
    await index.open()
    assert await index.live() == name
    assert await index.count() == 40
    await index.swap("g2")
    assert await index.count() == 0
    await index.close()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
async def test_a_kill_leaves_a_valid_live_generation(tmp_path: Path, steps: int) -> None:
    """What was told as done before the kill is there after it; the lock is free again."""
    process = subprocess.Popen([sys.executable, str(BUSY), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    step, told = "", 0
    for _ in range(steps):
        step, number = process.stdout.readline().split()
        told = int(number)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    index = TantivyIndex(tmp_path)
    await index.open()
    try:
        live = await index.live()
        if told:
            assert int(live.removeprefix("g")) >= told
            assert not await index.needs_rebuild()
        if live == f"g{told}":
            assert await index.count() >= {"swapped": 5, "filled": 10}[step]
        assert (await index.query(Query("canal"))).total == await index.count()
        for name in await index.generations():
            if name != live:
                await index.drop(name)
        await index.apply([Remove("doc-0")])
        assert await index.generations() == [live]
    finally:
        await index.close()


async def test_a_full_disk_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    """Files may grow to a few bytes only, as on a full disk; then again without limit."""
    index = TantivyIndex(tmp_path)
    await index.open()
    await index.apply([Upsert(documents()[0])])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        with pytest.raises(IndexUnavailable, match="disk space"):
            await index.apply([Remove("doc-01"), Upsert(documents()[1])])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [hit.id for hit in (await index.query(Query())).hits] == ["doc-01"]
    await index.apply([Upsert(documents()[2])])
    assert {hit.id for hit in (await index.query(Query())).hits} == {"doc-01", "doc-03"}
    await index.close()


async def test_half_a_batch_is_never_committed(tmp_path: Path) -> None:
    folder = generations.Folder(tmp_path)
    folder.create("g1", for_rebuild=True)
    generation = folder.open("g1")
    first, second = (to_tantivy(document) for document in documents()[:2])
    generation.write({"doc-01": first})
    with pytest.raises(TypeError):
        generation.write({"doc-01": None, "doc-02": "no document"})  # type: ignore[dict-item]
    generation.write({"doc-02": second})
    assert generation.searcher.num_docs == 2
    generation.close()


async def test_many_small_commits_do_not_pile_up(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    await index.open()
    document = documents()[0]
    for _ in range(120):
        await index.apply([Upsert(document)])
    assert await index.count() == 1
    live = await index.live()
    await index.close()
    await index.open()
    try:
        files = {file.name.partition(".")[0] for file in (tmp_path / live).glob("*.store")}
        assert len(files) < 40
        assert await index.count() == 1
    finally:
        await index.close()
