"""Who has the room: what the events service says of a double booking, for people to go and look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.clients.base import ServiceProblem
from shared.clients.events import SessionSummary


class _Held(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    title: str
    begins_at: datetime
    ends_at: datetime


class _Room(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str


class _Pair(BaseModel):
    model_config = ConfigDict(extra="ignore")

    room: _Room
    sessions: tuple[_Held, ...]


@dataclass(frozen=True)
class Conflict:
    """A session that has the room at that time."""

    room: str
    title: str
    begins_at: datetime
    ends_at: datetime
    url: str | None
    """Where it is read; None for one that exists only in what was asked for."""


def conflicts_of(
    problem: ServiceProblem, known: Iterable[SessionSummary], own: str | None = None
) -> Sequence[Conflict]:
    """The sessions in the way, each once; ``own`` (id) is the one that was asked for, ``known`` are those there are."""
    pairs = problem.extra.get("conflicts")
    urls = {one.id: one.url for one in known}
    found: dict[str, Conflict] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        try:
            read = _Pair.model_validate(pair)
        except ValidationError:
            continue
        # A new session has an id that nobody knows; between two that are both new, both are named.
        there = [one for one in read.sessions if one.id != own]
        there = [one for one in there if one.id in urls] or there
        for one in there:
            found[one.id] = Conflict(read.room.name, one.title, one.begins_at, one.ends_at, urls.get(one.id))
    return list(found.values())
