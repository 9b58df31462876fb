"""Contributions: published, revised, withdrawn."""

from __future__ import annotations

from tests.faults.storm.actor import Actor
from tests.faults.storm.journal import Thing
from tests.faults.storm.reading import WITHDRAWN
from tests.faults.storm.stories.stage import Stage

LIKE_OTHERS = "Les tramways, les fontaines et les bancs de la ville de demain, comptés un par un."


async def write(actor: Actor, _: Stage) -> None:
    """One text, from its draft to wherever it gets."""
    text = Thing("contribution", actor.word())
    summary = "Premier jet."
    draft = {"kind": "note", "title": f"Tram {text.word}", "summary": summary, "themes": ["mobility"]}
    draft["body"] = f"{LIKE_OTHERS} {text.word}."
    if not await actor.create(text, "expert", "/api/contributions", draft, to=f"draft: {summary}"):
        return
    path = f"/api/contributions/{text.id}"
    steps = f"{path}/transitions"
    if not await actor.change(text, "expert", "POST", steps, {"action": "submit"}, to=f"submitted: {summary}"):
        return
    if not await actor.change(text, "editor", "POST", steps, {"action": "publish"}, to=f"published: {summary}"):
        return
    for number in range(actor.dice.randrange(3)):
        summary = f"Version {number + 2}."
        changes = {"summary": summary, "reason": "Plus clair."}
        if not await actor.change(text, "editor", "PATCH", path, changes, to=f"published: {summary}"):
            return
    if actor.either(0.35):
        await actor.change(text, "expert", "POST", steps, {"action": "withdraw", "reason": "Dépassé."}, to=WITHDRAWN)
