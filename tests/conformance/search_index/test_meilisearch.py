"""What only an index on a server must prove: writers that lost it, keys, tasks that fail or wait, no server.

Runs on the Meilisearch that MEILI_URL names.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from shared.search_index.meilisearch.generations import Lost
from shared.search_index.meilisearch.keys import IndexKey, make_keys
from shared.search_index.meilisearch.server import KeyRefused, Meilisearch, Refused
from shared.search_index.meilisearch_index import MeilisearchIndex
from shared.search_index.port import IndexDocument, IndexUnavailable, Query, Upsert
from tests.support.meilisearch import PREFIX, Place, a_place_on_meilisearch


def canal(stamp: int) -> Upsert:
    return Upsert(IndexDocument("a", stamp, "contribution", "fr", "Canal", "", "", datetime(2025, 1, 1, tzinfo=UTC)))


async def stamp(index: MeilisearchIndex) -> int | None:
    """The stamp that a reader finds."""
    hits = (await index.query(Query("canal"))).hits
    return hits[0].stamp if hits else None


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with a_place_on_meilisearch() as place:
        yield place


@asynccontextmanager
async def opened(index: MeilisearchIndex) -> AsyncIterator[MeilisearchIndex]:
    await index.open()
    try:
        yield index
    finally:
        await index.close()


class Stopped:
    """An index object whose process stops just before it sends a write, and goes on when it is told to."""

    def __init__(self, index: MeilisearchIndex) -> None:
        self.index = index
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()
        self._send = index._server.change
        index._server.change = self._change  # type: ignore[method-assign]

    async def _change(self, method: str, path: str, body: object = None) -> int:
        if path.endswith("/documents") and not self.reached.is_set():
            self.reached.set()
            await self.goes_on.wait()
        return await self._send(method, path, body)


@asynccontextmanager
async def two_writers(place: Place) -> AsyncIterator[tuple[MeilisearchIndex, MeilisearchIndex]]:
    async with opened(place.index()) as old, opened(place.index()) as new:
        await old.claim()
        await old.apply([canal(1)])
        yield old, new


async def test_a_stopped_writer_that_wakes_leaves_no_old_state(place: Place) -> None:
    async with two_writers(place) as (old, new):
        stopped = Stopped(old)
        writing = asyncio.create_task(old.apply([canal(2)]))
        await stopped.reached.wait()
        await new.claim()
        await new.apply([canal(3)])
        assert await stamp(old) == 3, "a reader follows the index to its new name"
        stopped.goes_on.set()
        with pytest.raises(Lost):
            await writing
        assert await stamp(new) == await stamp(old) == 3
        with pytest.raises(IndexUnavailable, match="claim"):
            await old.apply([canal(4)])
        assert len(await place.uids()) == 1, "what it wrote into is gone too"
        await old.claim()
        await old.apply([canal(5)])
        assert await stamp(new) == 5
        with pytest.raises(Lost):
            await new.apply([canal(6)])


async def test_control_without_a_claim_the_old_state_stays(place: Place) -> None:
    async with two_writers(place) as (old, new):
        stopped = Stopped(old)
        writing = asyncio.create_task(old.apply([canal(2)]))
        await stopped.reached.wait()
        new._generations._epoch = old._generations._epoch  # as if a claim changed nothing
        await new.apply([canal(3)])
        assert await stamp(new) == 3
        stopped.goes_on.set()
        await writing
        assert await stamp(new) == 2, "without the guard the test must see the old state come back"


async def test_claims_and_writes_raced(place: Place) -> None:
    async with two_writers(place) as (old, new):

        async def writes(index: MeilisearchIndex, stamp: int) -> None:
            try:
                await index.apply([canal(stamp)])
            except IndexUnavailable:
                return

        last = 1
        for turn in range(4):
            loses, wins = (old, new) if turn % 2 == 0 else (new, old)
            last += 2

            async def takes_over(wins: MeilisearchIndex = wins, stamp: int = last) -> None:
                await wins.claim()
                await wins.apply([canal(stamp)])

            await asyncio.gather(writes(loses, last - 1), takes_over())
            assert await stamp(old) == await stamp(new) == last


async def test_a_generation_that_is_filled_is_lost_with_the_index(place: Place) -> None:
    async with two_writers(place) as (old, new):
        await old.begin("next")
        await new.claim()
        with pytest.raises(Lost):
            await old.apply([canal(2)], generation="next")
        with pytest.raises(IndexUnavailable):
            await old.swap("next")
        await new.apply([canal(3)], generation="next")
        await new.swap("next")
        assert await stamp(old) == 3


async def test_a_swap_waits_for_what_is_queued(place: Place) -> None:
    async with opened(place.index()) as index:
        await index.begin("next")
        uid = (await index._generations.named("next")).uid
        waiting = [
            await index._server.change("PATCH", f"/indexes/{uid}/settings", {"stopWords": [f"x{n}"]}) for n in "ab"
        ]
        await index.swap("next")
        told = await index._server.get("/tasks", uids=",".join(map(str, waiting)))
        assert {one["status"] for one in told["results"]} == {"succeeded"}
        assert await index.live() == "next"


async def test_an_index_of_another_version_is_set_aside(place: Place) -> None:
    async with opened(place.index()) as index:
        await index.apply([canal(1)])
        live = await index._generations.live()
        about = {**(live.about or {}), "schema": 0}
        await index._server.done(await index._server.change("POST", f"/indexes/{live.uid}/documents", [about]))
    async with opened(place.index()) as index:
        assert await index.needs_rebuild()
        await index.claim()
        assert await index.count() == 0
        assert await index.needs_rebuild()
        assert live.generation in await index.generations()
        await index.begin("next")
        await index.apply([canal(1)], generation="next")
        await index.swap("next")
        assert not await index.needs_rebuild()
        await index.drop(str(live.generation))
        assert await stamp(index) == 1


async def test_a_task_that_fails_raises_its_error(place: Place) -> None:
    server = place.server()
    try:
        with pytest.raises(Refused, match="index_not_found"):
            await server.done(await server.change("PATCH", f"/indexes/{place.base}-9", {"primaryKey": "key"}))
    finally:
        await server.close()


async def test_a_server_that_is_away_is_waited_for(place: Place) -> None:
    away = MeilisearchIndex("http://127.0.0.1:9", place.key, place.base)
    async with opened(away):
        for asked in (away.query(Query("canal")), away.apply([canal(1)]), away.live(), away.needs_rebuild()):
            with pytest.raises(IndexUnavailable, match="does not answer"):
                await asked


@pytest.fixture
async def keys(place: Place) -> AsyncIterator[tuple[IndexKey, IndexKey]]:
    """The worker's and the API's, and gone afterwards. Needs MEILI_KEY to be the master key."""
    if place.key is None:
        pytest.skip("MEILI_KEY is not set: a server without a master key has no keys")
    try:
        worker, api = await make_keys(place.url, place.key, [place.base])
    except KeyRefused:
        pytest.skip("MEILI_KEY is not the master key: it makes no others")
    yield worker, api
    server = place.server()
    for one in (await server.get("/keys", limit=1_000))["results"]:
        if place.base in (one["name"] or ""):
            await server.call("DELETE", f"/keys/{one['uid']}")
    await server.close()


async def refuses(server: Meilisearch, method: str, path: str, body: object = None) -> bool:
    try:
        await server.call(method, path, body=body)
    except KeyRefused:
        return True
    return False


async def test_each_key_opens_what_it_is_for_and_nothing_else(place: Place, keys: tuple[IndexKey, IndexKey]) -> None:
    worker, api = keys
    other = f"{PREFIX}-other-{os.getpid()}"
    async with opened(place.index(worker.key)) as keeps, opened(place.index(api.key)) as searches:
        await keeps.apply([canal(1)])
        await keeps.begin("next")
        await keeps.apply([canal(2)], generation="next")
        await keeps.swap("next")
        await keeps.drop(next(name for name in await keeps.generations() if name != "next"))
        assert [stamp async for _, stamp in keeps.stamps()] == [2]
        assert await stamp(searches) == 2
        assert await searches.live() == "next"
        assert [one.id for one in await searches.suggest("can")] == ["a"]
        assert await searches.similar("a") == []
        live = (await keeps._generations.live()).uid
        with pytest.raises(KeyRefused, match="MEILI_KEY"):
            await searches.apply([canal(3)])
        for method, path, body in (
            ("POST", f"/indexes/{live}/documents", []),
            ("POST", f"/indexes/{live}/documents/delete-batch", ["a"]),
            ("DELETE", f"/indexes/{live}", None),
            ("PATCH", f"/indexes/{live}", {"uid": f"{live}0"}),
            ("PATCH", f"/indexes/{live}/settings", {}),
            ("POST", "/swap-indexes", []),
            ("POST", "/indexes", {"uid": f"{place.base}-7"}),
            ("GET", "/tasks", None),
        ):
            assert await refuses(searches._server, method, path, body), path
        for one in (keeps, searches):
            for method, path, body in (
                ("POST", f"/indexes/{other}/search", {"q": ""}),
                ("POST", f"/indexes/{other}/documents", [{"key": "x"}]),
                ("POST", "/indexes", {"uid": other}),
                ("GET", "/keys", None),
                ("POST", "/keys", {"actions": ["*"], "indexes": ["*"], "expiresAt": None}),
                ("POST", "/dumps", None),
            ):
                assert await refuses(one._server, method, path, body), path
    assert worker.key not in repr(keys) and api.key not in repr(keys)


async def test_keys_are_the_same_until_they_are_renewed(place: Place, keys: tuple[IndexKey, IndexKey]) -> None:
    assert place.key is not None
    worker, api = keys
    assert [one.key for one in await make_keys(place.url, place.key, [place.base])] == [worker.key, api.key]
    renewed = await make_keys(place.url, place.key, [place.base], renew=True)
    assert not {one.key for one in renewed} & {worker.key, api.key}
    old = place.server(worker.key)
    assert await refuses(old, "GET", "/indexes")
    await old.close()


async def test_a_process_that_may_only_search_waits_for_the_index(
    place: Place, keys: tuple[IndexKey, IndexKey]
) -> None:
    worker, api = keys
    async with opened(place.index(api.key)) as searches:
        with pytest.raises(IndexUnavailable, match="no index"):
            await searches.query(Query("canal"))
        async with opened(place.index(worker.key)) as keeps:
            await keeps.apply([canal(1)])
        assert await stamp(searches) == 1
