"""Forums: many people, few places."""

from __future__ import annotations

from tests.faults.storm.actor import Actor
from tests.faults.storm.journal import NOTHING, Thing
from tests.faults.storm.stories.stage import PLACES, Stage

EACH = 4
"""Citizens that one actor speaks for, and nobody else."""


def own_citizen(actor: Actor) -> str:
    """One of those the actor speaks for."""
    return f"citizen-{int(actor.name) * EACH + actor.dice.randrange(EACH)}"


async def register(actor: Actor, stage: Stage) -> None:
    """Come, or call it off; and look whether more come than can."""
    forum, who = actor.dice.choice(stage.forums), own_citizen(actor)
    word = f"{who} at {forum.word}"
    known = next((thing for thing in actor.journal.of("registration") if thing.word == word), None)
    mine = known or actor.journal.begin(Thing("registration", word, about=forum, owner=who, id=forum.id))
    if len(mine.possible) > 1:
        # A request nobody answered may still be done: what it is will show in the end.
        return
    comes = mine.is_for_sure(NOTHING)
    path = f"/api/forums/{forum.id}/registrations"
    await actor.change(
        mine, who, "POST" if comes else "DELETE", path, to="coming" if comes else NOTHING, versioned=False
    )
    places = await actor.ask(who, "GET", f"/api/forums/{forum.id}/places")
    if places.status == 200 and places.body["taken"] > PLACES:
        actor.journal.violation(forum, f"has {places.body['taken']} people on {PLACES} places")
