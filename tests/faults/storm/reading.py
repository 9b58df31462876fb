"""How a thing's owner is asked what it is, and what its answer says."""

from __future__ import annotations

from tests.faults.storm.journal import NOTHING, Answer, Thing

WITHDRAWN = "withdrawn"
PLACES = {
    "contribution": "/api/contributions",
    "debate": "/api/debates",
    "argument": "/api/arguments",
    "forum": "/api/forums",
    "organization": "/api/organizations",
    "call": "/api/calls",
    "application": "/api/applications",
}


def reader_of(thing: Thing) -> str:
    """Who may read it in every state."""
    return "moderator" if thing.kind == "argument" else thing.owner


def place_of(thing: Thing) -> str:
    """Where it is asked for."""
    if thing.kind in PLACES:
        return f"{PLACES[thing.kind]}/{thing.id}"
    assert thing.about is not None
    about = f"{PLACES[thing.about.kind]}/{thing.about.id}"
    return f"{about}/places" if thing.kind == "registration" else about


def observed(thing: Thing, answer: Answer) -> str | None:
    """The state an answer tells of, in the journal's words; None if it tells of none."""
    if answer.status == 410 and thing.kind == "endorsement":
        return None
    if answer.status == 410:
        return "taken_back" if thing.kind == "argument" else WITHDRAWN
    if answer.status == 404 and thing.kind in PLACES:
        return NOTHING
    if answer.status != 200:
        return None
    body = answer.body
    match thing.kind:
        case "registration":
            mine = body["mine"]
            return "coming" if mine is not None and mine["state"] in {"registered", "waiting"} else NOTHING
        case "endorsement":
            return "yes" if body["endorsed"] else NOTHING
        case "contribution" if body["state"] != WITHDRAWN:
            return f"{body['state']}: {body['summary']}"
        case "application":
            return f"{body['state']}: {body['summary']}"
        case "debate":
            return str(body["phase"])
        case _:
            return str(body["state"])
