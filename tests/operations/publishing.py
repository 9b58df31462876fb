"""What the operators' tests ask of a platform: who signs in, what is found, what is gone, what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx

from services.identity.cli import grant
from tests.faults.instance import Instance
from tests.faults.stream import Attempt, Stream, new_word
from tests.support.waiting import eventually

EXPERT, EDITOR = "expert@demain.example", "editor@demain.example"
DEADLINE = 240.0
"""Seconds that what should happen may take, on a machine with other work."""


async def open_accounts(instance: Instance) -> Stream:
    """An author and an editor, signed in; granting verifies them."""
    stream = Stream(instance.url)
    await stream.sign_up(EXPERT, EDITOR)
    async with instance.beside() as platform:
        for email in (EXPERT, EDITOR):
            await grant(platform.resources["identity"], email, email.partition("@")[0])
    await stream.sign_in(EXPERT, EDITOR)
    return stream


@asynccontextmanager
async def under_load(stream: Stream, writers: int = 2) -> AsyncIterator[None]:
    """People write, submit, publish and correct while the block runs; an error of theirs is the block's."""
    writing = asyncio.create_task(stream.write(writers))
    try:
        yield
        assert not writing.done(), writing.exception() or "the writers stopped by themselves"
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def published(stream: Stream, more: int) -> None:
    """Wait until that many more are published and corrected."""
    enough = len([one for one in stream.attempts if one.edited]) + more
    await eventually(lambda: len([one for one in stream.attempts if one.edited]) >= enough, deadline=DEADLINE)


async def found(http: httpx.AsyncClient, attempt: Attempt) -> bool:
    """Whether search finds it by its word."""
    answer = await http.get("/api/search", params={"q": f'"{attempt.word}"'})
    assert answer.status_code == 200, answer.text
    return attempt.id in {hit["id"] for hit in answer.json()["hits"]}


async def looks_right(
    instance: Instance, stream: Stream, *, kept: Iterable[Attempt], lost: Iterable[Attempt] = ()
) -> None:
    """People sign in; what was kept is found, what was lost is gone; what is new is found, and what is changed."""
    kept, lost = list(kept), list(lost)
    assert kept
    stream.url = instance.url
    await stream.sign_in(EXPERT, EDITOR)
    async with httpx.AsyncClient(base_url=instance.url, timeout=60, trust_env=False) as http:

        async def all_found() -> bool:
            return all([await found(http, one) for one in kept])

        async def none_found() -> bool:
            return not any([await found(http, one) for one in lost])

        await eventually(all_found, deadline=DEADLINE, every=0.5)
        await eventually(none_found, deadline=DEADLINE, every=0.5)
        for one in kept:
            there = await http.get(f"/api/contributions/{one.id}")
            assert (there.status_code, there.json()["state"]) == (200, "published")
        for one in lost:
            assert (await http.get(f"/api/contributions/{one.id}")).status_code == 404
        await _change_counts(http, stream, kept[0])
        new = Attempt(new_word())
        await stream.publish(http, new)

        async def new_found() -> bool:
            return await found(http, new)

        await eventually(new_found, deadline=DEADLINE, every=0.2)


async def _change_counts(http: httpx.AsyncClient, stream: Stream, one: Attempt) -> None:
    """A correction of what is restored is shown: nobody takes it for older than what they had."""
    there = await http.get(f"/api/contributions/{one.id}", headers=stream.bearer("editor"))
    word = new_word()
    edited = await http.patch(
        f"/api/contributions/{one.id}",
        json={"summary": f"Avec {word}.", "reason": "Un mot manquait."},
        headers={**stream.bearer("editor"), "If-Match": there.headers["etag"]},
    )
    assert edited.status_code == 200, edited.text

    async def shown() -> bool:
        return await found(http, Attempt(word, id=one.id))

    await eventually(shown, deadline=DEADLINE, every=0.2)
