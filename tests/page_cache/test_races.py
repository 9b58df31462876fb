"""Who is behind, and what happens while a page is made: with the guard no old page is shown, without it one is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from sqlalchemy import text

from services.web.page_cache import following, layer, people, tags
from services.web.page_cache.recording import Recorder
from services.web.page_cache.store import PageCache
from shared.contracts.base import Contract
from shared.contracts.search import IndexChanged
from shared.storage.database import Database
from tests.page_cache.life import Life, differs
from tests.page_cache.test_guards import debate_of, done, kept, text_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_kept")


@asynccontextmanager
async def held_up(database: Database, table: str) -> AsyncIterator[None]:
    """Nobody writes to a table while the block runs; it can be read."""
    async with database.transaction() as session:
        await session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        yield


@contextmanager
def paused(patch: pytest.MonkeyPatch) -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Pages wait, once made and before they are kept: the first event says that one does, the second lets it go on."""
    made, go_on = asyncio.Event(), asyncio.Event()
    really = people.are_named_so

    async def waiting(*given: object) -> bool:
        made.set()
        await go_on.wait()
        return await really(*given)  # type: ignore[arg-type]

    with patch.context() as inside:
        inside.setattr(layer, "are_named_so", waiting)
        yield made, go_on


async def corrected_meanwhile(life: Life, patch: pytest.MonkeyPatch) -> str:
    """A text is corrected between the reading of it and the keeping of its page."""
    one = await text_of(life)
    await life.town.settled()
    with paused(patch) as (made, go_on):
        reading = asyncio.create_task(life.town.page(one["url"]))
        await made.wait()
        await life.change("/api/contributions", one, {"summary": "Tout autre chose.", "reason": "Une erreur."})
        await life.town.settled()
        go_on.set()
        await reading
    return str(one["url"])


async def test_what_was_dropped_while_it_was_made_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await differs(life.town, await corrected_meanwhile(life, monkeypatch))

    monkeypatch.setattr(Recorder, "was_overtaken", lambda _: False)
    assert await differs(life.town, await corrected_meanwhile(life, monkeypatch))


async def test_many_who_ask_at_once_get_one_page(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await text_of(life)
    await life.town.settled()
    before = life.town.count("renders", outcome="kept"), life.town.count("answers", how="joined")
    with paused(monkeypatch) as (made, go_on):
        asking = [asyncio.create_task(life.town.page(one["url"])) for _ in range(8)]
        await made.wait()
        await eventually(lambda: life.town.waiting(one["url"]) == 7)
        go_on.set()
        answers = await asyncio.gather(*asking)
    assert len({answer.content for answer in answers}) == 1
    assert life.town.count("renders", outcome="kept") - before[0] == 1
    assert life.town.count("answers", how="joined") - before[1] == 7


async def test_who_comes_after_a_change_is_not_given_the_page_begun_before_it(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def second_reader() -> bool:
        one = await text_of(life)
        await life.town.settled()
        with paused(monkeypatch) as (made, go_on):
            first = asyncio.create_task(life.town.page(one["url"]))
            await made.wait()
            await life.change("/api/contributions", one, {"summary": "Quelques toits verts.", "reason": "Une erreur."})
            await life.town.settled()
            second = asyncio.create_task(life.town.page(one["url"]))
            await eventually(lambda: life.town.waiting(one["url"]) == 1)
            go_on.set()
            await first
            return "Quelques toits verts." in (await second).text

    assert await second_reader()

    monkeypatch.setattr(Recorder, "was_overtaken", lambda _: False)
    assert not await second_reader()


async def test_a_name_that_a_service_does_not_know_yet_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    async def renamed(before: str, name: str) -> str:
        # Of a page that search has a part in, it would tell when it has taken the name.
        address = await kept(life, (await debate_of(life))["url"])
        async with held_up(life.town["contributions"].database, "author_name"):
            await life.town.named(life.person, name)
            await eventually(lambda: not any(key[1] == address for key in life.town.cache.addresses()))
            assert f">{before}</a>" in (await life.town.page(address)).text
        await life.town.settled()
        return address

    assert not await differs(life.town, await renamed("Nadia Belkacem", "Nadia Premier"))

    async def credulous(*_: object) -> bool:
        return True

    monkeypatch.setattr(layer, "are_named_so", credulous)
    assert await differs(life.town, await renamed("Nadia Premier", "Nadia Second"))


async def test_what_search_has_not_taken_yet_is_told_once_it_has(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    async def published() -> str:
        address = await kept(life, "/")
        async with held_up(life.town["search"].database, "document"):
            await text_of(life)
            await life.town.heard("contributions")
            await life.town.page(address)
        await life.town.settled()
        return address

    assert not await differs(life.town, await published())

    of_message = tags.of_message

    def deaf_to_search(message: Contract) -> frozenset[str]:
        return frozenset() if isinstance(message, IndexChanged) else of_message(message)

    monkeypatch.setattr(following, "of_message", deaf_to_search)
    assert await differs(life.town, await published())


async def test_a_reader_of_the_log_that_is_behind_is_not_relied_on(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await text_of(life)
    address = await kept(life, one["url"])
    # As in an outage of the log: nothing is heard, and the last that was is a while ago.
    monkeypatch.setattr(PageCache, "drop", lambda *_: None)
    heard = life.town.cache.is_current
    monkeypatch.setattr(life.town.cache, "is_current", lambda _within: False)
    await done(
        life.ask(
            "PATCH",
            f"/api/contributions/{one['id']}",
            {"summary": "Rien de cela.", "reason": "Faux."},
            headers=await life.at("/api/contributions", one),
        )
    )
    await life.town.settled(heard)
    assert "Rien de cela." in (await life.town.page(address)).text
    assert life.town.count("answers", how="behind") > 0

    monkeypatch.setattr(life.town.cache, "is_current", lambda _within: True)
    assert "Rien de cela." not in (await life.town.page(address)).text
