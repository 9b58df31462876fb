"""What is public is found, once; what is not is found nowhere."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import aiohttp

from tests.faults.storm.actor import Actor
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.journal import Journal, Thing
from tests.faults.storm.stories.stage import Stage

Reads = Callable[[str], Awaitable[tuple[int, str]]]
"""Status and text of a page."""

FOUND = ("contribution", "argument", "application")
AT_ONCE = 6
FEEDS = ("/contributions.atom", "/debats.atom", "/appels.atom", "/")
PAGES = 12
"""Pages of things that are not public, looked at one by one."""


def is_public(thing: Thing) -> bool:
    """Whether everybody may find it."""
    match thing.kind:
        case "contribution":
            return thing.state.startswith("published")
        case "argument":
            return thing.state == "shown"
        case _:
            return False


async def check(actor: Actor, journal: Journal, stage: Stage, facts: Facts) -> None:
    """Query, counts, suggestions, similar, lists, feeds and pages."""
    things = [thing for kind in FOUND for thing in journal.of(kind) if thing.id is not None]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(thing: Thing) -> None:
        async with gate:
            await _by_its_word(actor, thing, facts)

    await asyncio.gather(*map(one, things))
    await _counts(actor, things, facts)
    await _similar(actor, things, facts)
    await _site(actor, things, stage, facts)


async def _by_its_word(actor: Actor, thing: Thing, facts: Facts) -> None:
    answer = await actor.ask(None, "GET", f"/api/search?q=%22{thing.word}%22")
    ids = [hit["id"] for hit in answer.body["hits"]] if answer.status == 200 else [str(answer)]
    wanted = [thing.id] if is_public(thing) else []
    what = "public, and found once" if wanted else "hidden, and not found"
    total = answer.body["total"] if answer.status == 200 else -1
    facts.check(
        what, ids == wanted and total == len(wanted), f"{thing.kind} {thing.word} ({thing.state}): {ids} {total}"
    )
    answer = await actor.ask(None, "GET", f"/api/search/suggest?q={thing.word[:9]}")
    suggested = {item["id"] for item in answer.body["items"]} if answer.status == 200 else {str(answer)}
    if not wanted:
        facts.check("hidden, and not suggested", thing.id not in suggested, f"{thing.kind} {thing.word}")


async def _counts(actor: Actor, things: list[Thing], facts: Facts) -> None:
    for kind in ("contribution", "argument"):
        answer = await actor.ask(None, "GET", f"/api/search?type={kind}&limit=1")
        public = sum(thing.kind == kind and is_public(thing) for thing in things)
        facts.check(
            "search counts what is public", answer.body["total"] == public, f"{kind}: {answer.body['total']}, {public}"
        )
    answer = await actor.ask(None, "GET", "/api/search?type=application&limit=1")
    none = answer.status == 422 or answer.body["total"] == 0
    facts.check("search counts no application", none, str(answer))


async def _similar(actor: Actor, things: list[Thing], facts: Facts) -> None:
    hidden = {thing.id for thing in things if not is_public(thing)}
    for thing in [one for one in things if one.kind == "contribution"][:40]:
        answer = await actor.ask(None, "GET", f"/api/search/similar/{thing.id}")
        alike = {item["id"] for item in answer.body["items"]} if answer.status == 200 else {str(answer)}
        wrong = alike & hidden or (alike if thing.id in hidden else set())
        facts.check("nothing hidden is similar", not wrong, f"{thing.word}: {wrong}")


async def _site(actor: Actor, things: list[Thing], stage: Stage, facts: Facts) -> None:
    site = actor.town.of("web")[0].url
    hidden = [thing for thing in things if not is_public(thing)]
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as http:

        async def text(path: str) -> tuple[int, str]:
            async with http.get(site + path) as answer:
                return answer.status, await answer.text()

        for feed in FEEDS:
            pages = [page async for page in _all_pages(text, feed)]
            for status, page in pages:
                facts.check("feeds and the first page are whole", status == 200, f"{feed} {status}")
                named = [thing.word for thing in hidden if thing.word in page]
                facts.check("no feed names what is hidden", not named, f"{feed}: {named}")
            if feed == FEEDS[0]:
                fed = "".join(page for _, page in pages)
                for thing in things:
                    if thing.kind == "contribution" and is_public(thing):
                        facts.check("public, and in the feed", thing.word in fed, thing.word)
        for thing in _some(hidden, "contribution"):
            status, page = await text(f"/contributions/{thing.id}")
            facts.check("no page of what is hidden", status >= 400 and thing.word not in page, f"{thing.word} {status}")
        for debate in stage.debates:
            status, page = await text(f"/debats/{debate.id}")
            facts.check("a debate's page is whole", status == 200, f"{debate.word} {status}")
            for thing in _some(hidden, "argument"):
                facts.check("no page shows what is hidden", thing.word not in page, f"{thing.word} on {debate.word}")


async def _all_pages(text: Reads, path: str) -> AsyncIterator[tuple[int, str]]:
    seen: set[str] = set()
    while path and path not in seen:
        seen.add(path)
        status, page = await text(path)
        yield status, page
        following = re.search(r'<link[^>]*rel="next"[^>]*href="([^"]+)"', page)
        path = re.sub(r"^https?://[^/]+", "", html.unescape(following.group(1))) if following else ""


def _some(things: Iterable[Thing], kind: str) -> list[Thing]:
    return [thing for thing in things if thing.kind == kind][:PAGES]
