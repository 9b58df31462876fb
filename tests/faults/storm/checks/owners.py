"""Asked for, accepted, and there: each thing as its owner tells it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.faults.storm.actor import Actor
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.journal import NOTHING, Journal, Outcome, Thing, told
from tests.faults.storm.stories.stage import PLACES, Stage

AT_ONCE = 6
WITH_A_PLACE = "registered"
STATES_AT_FIRST = {"contribution": "draft: Premier jet.", "argument": "shown", "application": "draft: Ébauche."}


async def check(actor: Actor, journal: Journal, stage: Stage, facts: Facts) -> None:
    """All of it. The platform is whole again: everything is answered."""
    await _what_nobody_knows_is_asked_again(actor, journal, facts)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(thing: Thing) -> None:
        async with gate:
            before = thing.state
            holds = await _as_the_journal_says(actor, thing)
            facts.check("accepted, and there", holds, f"{thing.kind} {thing.word} was {before}\n{told(thing)}")

    await asyncio.gather(
        *(one(thing) for thing in journal.things if thing.id is not None and thing.kind != "endorsement")
    )
    for text in await _pages(actor, "expert", "/api/contributions?state=any&limit=100"):
        journal_has = [thing for thing in journal.of("contribution") if thing.id == text["id"]]
        facts.check("nothing there that nobody asked for", len(journal_has) == 1, f"{text['id']} {text['title']}")
    for forum in stage.forums:
        await _places(actor, journal, forum, facts)
    await _arguments(actor, journal, stage, facts)


async def _what_nobody_knows_is_asked_again(actor: Actor, journal: Journal, facts: Facts) -> None:
    """Creations without an answer are sent again, as clients do: done once, whatever happened to the first try."""
    for thing in journal.things:
        if thing.creation is None or thing.id is not None or thing.is_for_sure(NOTHING):
            continue
        outcome, answer = await actor.create_again(thing, to=STATES_AT_FIRST[thing.kind])
        done = outcome is Outcome.ACCEPTED
        facts.check("asked again with its key, done once", done, f"{thing.kind} {answer}\n{told(thing)}")


async def _as_the_journal_says(actor: Actor, thing: Thing) -> bool:
    """Whether its owner answers, with a state that may be."""
    possible = thing.possible
    return await actor.settle(thing) and thing.possible <= possible


async def _pages(actor: Actor, who: str, path: str) -> list[dict[str, Any]]:
    """All items of a list."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await actor.ask(who, "GET", path + cursor)
        assert answer.status == 200, answer
        items += answer.body["items"]
        if answer.body["next"] is None:
            return items
        cursor = f"&cursor={answer.body['next']}"


async def _places(actor: Actor, journal: Journal, forum: Thing, facts: Facts) -> None:
    rows = await _pages(actor, "organizer", f"/api/forums/{forum.id}/registrations?limit=50")
    by_person = Counter(row["person"]["id"] for row in rows)
    facts.check("nobody has two places", max(by_person.values(), default=0) <= 1, f"{forum.word} {by_person}")
    here = [row for row in rows if row["state"] == WITH_A_PLACE]
    waiting = [row for row in rows if row["state"] == "waiting"]
    coming = {
        str(actor.town.people[thing.owner].id)
        for thing in journal.of("registration")
        if thing.about is forum and thing.is_for_sure("coming")
    }
    seen = {row["person"]["id"] for row in here + waiting}
    facts.check("who was let in is on the list", seen == coming, f"{forum.word}: {seen ^ coming}")
    facts.check("places are never oversold", len(here) <= PLACES, f"{forum.word}: {len(here)} on {PLACES}")
    full = len(here) == min(PLACES, len(coming))
    facts.check("no place is left free while somebody waits", full, f"{forum.word}: {len(here)} of {len(coming)}")
    order = [row["place"] for row in waiting]
    facts.check("who waits stands in line", order == list(range(1, len(order) + 1)), f"{forum.word}: {order}")


async def _arguments(actor: Actor, journal: Journal, stage: Stage, facts: Facts) -> None:
    for debate in stage.debates:
        shown = [one for one in journal.of("argument") if one.about is debate and one.is_for_sure("shown")]
        rows = await _pages(actor, "moderator", f"/api/debates/{debate.id}/arguments?limit=100")
        listed = {row["id"]: row for row in rows if row["state"] == "shown"}
        missing = {one.id for one in shown} ^ set(listed)
        facts.check("a debate shows each argument once", not missing and len(listed) == len(shown), f"{missing}")
        answer = await actor.ask(None, "GET", f"/api/debates/{debate.id}")
        tally = sum(answer.body["tally"].values())
        facts.check("what is counted is what is there", tally == len(shown), f"{debate.word}: {tally} of {len(shown)}")
        for one in shown:
            agreed = [e for e in journal.of("endorsement") if e.about is one]
            sure, maybe = (sum(fits(e) for e in agreed) for fits in (lambda e: e.is_for_sure("yes"), _may_be))
            count = listed.get(str(one.id), {}).get("endorsements", -1)
            facts.check("each endorsement counts once", sure <= count <= maybe, f"{one.word}: {count}, {sure}…{maybe}")


def _may_be(thing: Thing) -> bool:
    return "yes" in thing.possible
