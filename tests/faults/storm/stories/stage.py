"""What is there before the storm begins: debates, forums with few places, an organization, a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.faults.storm.actor import Actor
from tests.faults.storm.journal import Thing

DEBATES, FORUMS = 2, 4
PLACES = 4
"""Of each forum: far fewer than people who want to come."""


@dataclass
class Stage:
    """What stories happen on."""

    debates: list[Thing] = field(default_factory=list)
    forums: list[Thing] = field(default_factory=list)
    calls: list[Thing] = field(default_factory=list)
    organization: Thing | None = None


async def build(actor: Actor) -> Stage:
    """Make it, in quiet weather. Raises AssertionError if anything is refused."""
    stage = Stage()
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    for _ in range(DEBATES):
        debate = Thing("debate", actor.word())
        body = {"question": f"Et {debate.word} ?", "introduction": "Parlons-en.", "closes_at": later}
        assert await actor.create(debate, "moderator", "/api/debates", body, to="open"), debate.lines
        stage.debates.append(debate)
    for _ in range(FORUMS):
        forum = Thing("forum", actor.word())
        body = {"title": f"Forum {forum.word}", "starts_on": day, "ends_on": day, "capacity": PLACES}
        body |= {"summary": "Une journée.", "description": "Un jour.", "venue": "Halle"}
        assert await actor.create(forum, "organizer", "/api/forums", body, to="draft"), forum.lines
        await _publish(actor, forum, "organizer")
        stage.forums.append(forum)
    organization = Thing("organization", actor.word())
    body = {"kind": "startup", "name": f"Atelier {organization.word}", "summary": "Nous essayons."}
    assert await actor.create(organization, "partner", "/api/organizations", body, to="draft"), organization.lines
    await _publish(actor, organization, "partner")
    stage.organization = organization
    call = Thing("call", actor.word())
    body = {"kind": "projects", "title": f"Appel {call.word}", "summary": "Une rue.", "description": "Qui essaiera ?"}
    body |= {"deadline": later, "criteria": [{"id": "use", "name": "Utilité", "weight": 1}]}
    assert await actor.create(call, "organizer", "/api/calls", body, to="draft"), call.lines
    await _publish(actor, call, "organizer")
    stage.calls.append(call)
    return stage


async def _publish(actor: Actor, thing: Thing, who: str) -> None:
    path = f"/api/{thing.kind}s/{thing.id}/transitions"
    assert await actor.change(thing, who, "POST", path, {"action": "publish"}, to="published"), thing.lines
