"""Filling a new generation beside the live one, and comparing the index with the tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tantivy
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.projection import index_tasks
from shared.projection.index_tasks import IndexTask
from shared.projection.projector import Projector
from shared.search_index.port import IndexDocument, Query, Remove, Upsert
from shared.search_index.tantivy_index import TantivyIndex
from tests.conformance.search_index.conftest import ADAPTERS
from tests.projection.forums import (
    PROJECTION,
    ForumAnnounced,
    ForumCancelled,
    Forums,
    SessionPlanned,
    SpeakerForgotten,
    SpeakerNamed,
    TalkGiven,
    render,
)
from tests.projection.speaking import Speaker
from tests.support.waiting import eventually


@pytest.fixture
async def small(at_work: Forums) -> AsyncIterator[Forums]:
    """Thirty forums and sessions, shown, in batches of ten."""
    at_work.batch = 10
    at_work.restarts()
    yield at_work
    at_work.batch = 500


@pytest.fixture
async def speaker(small: Forums) -> Speaker:
    """Who told of them."""
    speaker = Speaker()
    await small.takes(
        *(speaker.says(ForumAnnounced(id=f"{n:02}", title=f"Forum {n}")) for n in range(15)),
        *(speaker.says(SessionPlanned(id=f"{n:02}", title="Session", forum=f"{n:02}")) for n in range(15)),
    )
    await small.settles()
    assert len(small.index.documents) == 30
    return speaker


async def ask(forums: Forums, kind: str) -> int:
    async with forums.database.transaction() as session:
        return await index_tasks.ask(session, kind)


async def task(forums: Forums, id: int) -> IndexTask:
    async with forums.database.transaction() as session:
        found = await index_tasks.find(session, id)
        assert found is not None
        return found


async def verify(forums: Forums) -> int:
    """Compare, mend, and tell how many differences there were."""
    id = await ask(forums, "verify")
    await forums.finishes()
    found = await task(forums, id)
    assert found.finished_at is not None
    return found.differences


def alien(id: str) -> IndexDocument:
    return IndexDocument(id, 1, "forum", "fr", "Alien", "", "", datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_rebuild_ends_in_the_same_documents(small: Forums, speaker: Speaker) -> None:
    before = dict(small.index.documents)
    id = await ask(small, "rebuild")
    assert await ask(small, "rebuild") == id, "a second request joins the first"
    await small.finishes()
    done = await task(small, id)
    assert done.finished_at is not None
    assert await small.index.live() == done.generation
    assert await small.index.generations() == [done.generation]
    assert small.index.documents == before
    assert await verify(small) == 0


async def test_a_rebuild_does_not_count_what_waits_with_each_batch(
    small: Forums, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count looks at as much as there is: with each batch, a rebuild of a million documents took twice as long."""
    counted = 0

    async def counts(session: AsyncSession) -> int:
        nonlocal counted
        counted += 1
        return 0

    monkeypatch.setattr("shared.projection.gauges.orphans", counts)
    monkeypatch.setattr("shared.projection.gauges.APART", 3600.0)
    small.projector._batch = 1
    await ask(small, "rebuild")
    await small.finishes()
    assert counted <= 1
    small.restarts()
    monkeypatch.setattr("shared.projection.gauges.APART", 0.0)
    await small.works()
    assert counted >= 1, "nothing is counted at all"


async def test_changes_during_a_rebuild_are_in_the_new_generation(small: Forums, speaker: Speaker) -> None:
    await ask(small, "rebuild")
    await small.works()
    assert small.index.place.live == "empty"
    # Some already copied, some not yet: changed, hidden and new ones.
    await small.takes(
        *(speaker.says(ForumAnnounced(id=f"{n:02}", title=f"Changed {n}")) for n in (0, 14)),
        *(speaker.says(ForumCancelled(id=f"{n:02}")) for n in (1, 13)),
        *(speaker.says(ForumAnnounced(id=id, title="New")) for id in ("!", "~")),
    )
    await small.finishes()
    assert small.index.place.live != "empty"
    found = {key: one.title for key, one in small.index.documents.items()}
    assert len(found) == 28
    assert (found["forum:00"], found["forum:14"]) == ("Changed 0", "Changed 14")
    assert found["forum:!"] == found["forum:~"] == "New"
    assert not {"forum:01", "forum:13", "session:01", "session:13"} & found.keys()
    assert await verify(small) == 0


@pytest.mark.parametrize("turns", range(5))
async def test_a_rebuild_broken_off_goes_on(small: Forums, speaker: Speaker, turns: int) -> None:
    id = await ask(small, "rebuild")
    for _ in range(turns):
        await small.works()
    copied = (await task(small, id)).scanned
    assert copied == min(turns * 10, 30)
    small.restarts()
    small.index.fail_after = True
    await small.works()
    small.restarts()
    await small.finishes()
    done = await task(small, id)
    assert done.finished_at is not None
    assert done.scanned == 30, "what was copied before is not copied again"
    assert len(small.index.documents) == 30


async def test_a_rebuild_stopped_between_swap_and_note_is_finished(
    small: Forums, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await ask(small, "rebuild")

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(index_tasks, "finish", killed)
        await small.finishes()
    live = await small.index.live()
    assert live == (await task(small, id)).generation
    small.restarts()
    await small.finishes()
    assert (await task(small, id)).finished_at is not None
    assert await small.index.generations() == [live], "the old generation takes no room any more"


async def test_a_generation_that_was_lost_is_begun_anew(small: Forums, speaker: Speaker) -> None:
    id = await ask(small, "rebuild")
    await small.works()
    await small.works()
    await small.index.drop((await task(small, id)).generation or "")
    small.restarts()
    await small.finishes()
    assert len(small.index.documents) == 30


async def test_a_lost_index_is_built_again(small: Forums, speaker: Speaker) -> None:
    before = dict(small.index.documents)
    small.index.documents.clear()
    await ask(small, "rebuild")
    await small.finishes()
    assert small.index.documents == before


async def test_a_comparison_mends_what_was_done_behind_its_back(small: Forums, speaker: Speaker) -> None:
    before = {key: (one.title, one.people) for key, one in small.index.documents.items()}
    documents = small.index.documents
    del documents["forum:03"], documents["session:14"]
    documents["forum:05"] = replace(documents["forum:05"], title="Altered", stamp=1)
    documents["forum:zz"] = alien("forum:zz")
    documents["nobody:00"] = alien("nobody:00")
    await small.takes(speaker.says(ForumCancelled(id="07")))
    await small.settles()
    documents["forum:07"] = alien("forum:07")
    assert await verify(small) == 6
    assert await verify(small) == 0
    gone = {"forum:07", "session:07"}
    assert {key: (one.title, one.people) for key, one in documents.items()} == {
        key: shown for key, shown in before.items() if key not in gone
    }


async def test_a_comparison_finds_what_was_never_put_in(small: Forums, speaker: Speaker) -> None:
    """A kind of entity that was kept before it could be found."""
    del small.index.documents["forum:03"]
    async with small.database.transaction() as session:
        await (await session.connection()).exec_driver_sql("UPDATE document SET indexed = NULL WHERE id = 'forum:03'")
    assert await verify(small) == 1
    assert "forum:03" in small.index.documents


async def test_a_comparison_broken_off_finds_the_same(small: Forums, speaker: Speaker) -> None:
    del small.index.documents["forum:03"]
    small.index.documents["nobody:00"] = alien("nobody:00")
    id = await ask(small, "verify")
    await small.works()
    await small.works()
    small.restarts()
    await small.finishes()
    assert (await task(small, id)).finished_at is not None
    assert small.index.written["forum:00"] == 1, "what did not differ was left alone"
    assert len(small.index.documents) == 30


@pytest.mark.parametrize("last", ["rebuild", "verify"])
async def test_a_comparison_begins_by_itself_a_day_after_the_last_and_after_the_index_was_filled(
    small: Forums, speaker: Speaker, last: str
) -> None:
    await ask(small, last)
    await small.finishes()

    async def asked_and_done() -> object:
        return await small.scalar("SELECT count(*) FROM index_task WHERE kind = 'verify' AND finished_at IS NOT NULL")

    before = await asked_and_done()
    await small.works()
    assert await asked_and_done() == before

    async with small.database.transaction() as session:
        await session.execute(text("UPDATE index_task SET asked_at = asked_at - interval '25 hours'"))
    await small.finishes()
    assert await asked_and_done() == int(str(before)) + 1


async def test_changes_during_a_comparison_are_no_differences(small: Forums, speaker: Speaker) -> None:
    id = await ask(small, "verify")
    await small.works()
    await small.takes(
        *(speaker.says(ForumAnnounced(id=f"{n:02}", title="Changed")) for n in (0, 14)),
        speaker.says(ForumCancelled(id="01")),
        speaker.says(ForumAnnounced(id="!", title="New")),
    )
    await small.finishes()
    assert (await task(small, id)).differences == 0
    assert len(small.index.documents) == 29


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
async def test_on_the_real_index(small: Forums, speaker: Speaker, tmp_path: Path, adapter: str) -> None:
    """Lost, rebuilt while changes come, altered, compared."""
    async with ADAPTERS[adapter](tmp_path) as place:
        index = place()
        await index.open()
        projector = Projector(small.database, small.log, PROJECTION, index, render, batch=10)

        async def finish() -> None:
            projector._looked_after_tasks = 0.0
            while await projector.after():
                projector._looked_after_tasks = 0.0

        assert await index.needs_rebuild()
        await ask(small, "rebuild")
        await projector.after()
        await small.takes(
            speaker.says(ForumCancelled(id="01")), speaker.says(ForumAnnounced(id="14", title="Nouvelle énergie"))
        )
        await finish()
        assert not await index.needs_rebuild()
        assert await index.count() == 28
        assert {hit.id for hit in (await index.query(Query("energie"))).hits} == {"forum:14"}
        await index.apply([Remove("forum:03"), Upsert(replace(alien("forum:05"), stamp=10**9))])
        await ask(small, "verify")
        await finish()
        assert await index.count() == 28
        assert (await index.query(Query("alien"))).total == 0
        await index.close()


async def test_asked_for_beside_the_projector_at_work(small: Forums, speaker: Speaker) -> None:
    """As it runs: the projector holds its duty, reads the log, and finds what was asked in the database."""
    await small.log.create_topics(picture.topic for picture in PROJECTION.pictures)
    running = asyncio.create_task(small.projector.run())
    try:
        id = await ask(small, "rebuild")

        async def finished() -> bool:
            return (await task(small, id)).finished_at is not None

        assert await eventually(finished) is True
        assert len(small.index.documents) == 30
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_index_is_built_again_once_somebody_in_it_is_gone_for_good(small: Forums, speaker: Speaker) -> None:
    named, gone = SpeakerNamed(id="ada", title="Ada"), SpeakerForgotten(id="ada")
    await small.takes(
        speaker.says(named),
        speaker.says(TalkGiven(id="t", title="Talk", session="00", speakers=("ada",))),
        speaker.says(SpeakerForgotten(id="nobody")),
    )
    await small.finishes()
    before = await small.index.live()
    assert small.index.documents["talk:t"].people == ("Ada",)

    await small.takes(speaker.says(gone))
    await small.finishes()

    assert await small.index.live() != before, "the files that held the name are another generation's now"
    assert await small.index.generations() == [await small.index.live()]
    assert small.index.documents["talk:t"].people == ()


async def test_a_purge_waits_for_a_rebuild_that_began_before(small: Forums, speaker: Speaker) -> None:
    await small.takes(speaker.says(SpeakerNamed(id="ada", title="Ada")))
    await small.finishes()
    first = await ask(small, "rebuild")
    await small.works()
    await small.takes(speaker.says(SpeakerForgotten(id="ada")))
    await small.finishes()
    await small.finishes()  # the next look, half a second later

    assert await small.scalar("SELECT count(*) FROM index_task WHERE kind = 'rebuild' AND finished_at IS NOT NULL") == 2
    assert (await task(small, first)).generation != await small.index.live()


async def test_control_what_is_taken_out_stays_in_the_files_of_an_index(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "index")
    await index.open()
    try:
        await index.apply([Upsert(replace(alien("forum:1"), people=("Quatrebarbes",))), Upsert(alien("forum:2"))])
        await index.apply([Upsert(alien("forum:1"))])
        live = tantivy.Index.open(str(tmp_path / "index" / await index.live()))
        assert live.searcher().doc_freq("people", "quatrebarbes") > 0
    finally:
        await index.close()
