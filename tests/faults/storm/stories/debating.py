"""Debates: arguments, endorsements, moderation."""

from __future__ import annotations

from tests.faults.storm.actor import Actor
from tests.faults.storm.journal import NOTHING, Thing
from tests.faults.storm.stories.registering import own_citizen
from tests.faults.storm.stories.stage import Stage

HIDE = {"action": "hide", "rule": "off_topic", "reason": "Hors sujet."}
RESTORE = {"action": "restore", "reason": "À relire : c’est le sujet."}


async def argue(actor: Actor, stage: Stage) -> None:
    """Say something; it may be hidden, restored, taken back."""
    debate = actor.dice.choice(stage.debates)
    said = Thing("argument", actor.word(), about=debate)
    author = own_citizen(actor)
    body = {"body": f"Parce que {said.word}.", "position": actor.dice.choice(["for", "against", "nuance"])}
    if not await actor.create(said, author, f"/api/debates/{debate.id}/arguments", body, to="shown"):
        return
    path = f"/api/arguments/{said.id}"
    if actor.either(0.4) and await actor.change(
        said, "moderator", "POST", f"{path}/moderation", HIDE, to="hidden", versioned=False
    ):
        if actor.either(0.3):
            await actor.change(said, "moderator", "POST", f"{path}/moderation", RESTORE, to="shown", versioned=False)
    elif actor.either(0.2) and said.is_for_sure("shown"):
        await actor.change(said, author, "DELETE", path, to="taken_back")


async def endorse(actor: Actor, _: Stage) -> None:
    """Agree with somebody, or no longer."""
    said = actor.one_of(actor.journal.of("argument"), lambda thing: thing.is_for_sure("shown"))
    if said is None:
        return
    by = own_citizen(actor)
    word = f"{by} of {said.word}"
    known = next((thing for thing in actor.journal.of("endorsement") if thing.word == word), None)
    agreed = known or actor.journal.begin(Thing("endorsement", word, about=said, owner=by, id=said.id))
    if len(agreed.possible) > 1:
        return
    yes = agreed.is_for_sure(NOTHING)
    path = f"/api/arguments/{said.id}/endorsement"
    await actor.change(agreed, by, "PUT" if yes else "DELETE", path, to="yes" if yes else NOTHING, versioned=False)
