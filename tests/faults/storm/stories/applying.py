"""Partnerships: applications, which nobody but their own and the call's people ever see."""

from __future__ import annotations

from tests.faults.storm.actor import Actor
from tests.faults.storm.journal import Thing
from tests.faults.storm.stories.stage import Stage


async def apply(actor: Actor, stage: Stage) -> None:
    """A draft, changed as it is typed, submitted, maybe taken back."""
    call = actor.dice.choice(stage.calls)
    assert stage.organization is not None
    asked = Thing("application", actor.word(), about=call)
    summary = "Ébauche."
    body = {"organization": stage.organization.id, "title": f"Essai {asked.word}", "summary": summary}
    body |= {"proposal": f"Nous essayons {asked.word}.", "testing": "Un hiver.", "place": "Lyon"}
    if not await actor.create(asked, "partner", f"/api/calls/{call.id}/applications", body, to=f"draft: {summary}"):
        return
    path = f"/api/applications/{asked.id}"
    if actor.either(0.5):
        summary = "Mieux dit."
        if not await actor.change(asked, "partner", "PATCH", path, {"summary": summary}, to=f"draft: {summary}"):
            return
    steps = f"{path}/transitions"
    if not await actor.change(asked, "partner", "POST", steps, {"action": "submit"}, to=f"submitted: {summary}"):
        return
    if actor.either(0.3):
        await actor.change(asked, "partner", "POST", steps, {"action": "withdraw"}, to=f"withdrawn: {summary}")
