"""Tags: what an answer is about, and what a message is about. Where they meet, a page is dropped.

Entities are their ids, which no two kinds share. A list is named by the kind it lists, whatever it chose of them: any
message about one of that kind, or about what that kind hangs under, may let something enter or leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from pydantic import BaseModel

from shared.clients.base import PersonRef
from shared.clients.events import Speaker
from shared.clients.listening import Params
from shared.contracts.base import Contract, Gone, Shown, known
from shared.contracts.debates import ArgumentMade
from shared.contracts.identity import PersonForgotten, PersonNamed
from shared.contracts.search import IndexChanged

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

NAMES = "names"
"""The names of all themes and territories: they are asked for together."""


def listed(kind: str) -> str:
    """Any list of things of a kind."""
    return f"list:{kind}"


def found(type_: str) -> str:
    """Anything that search answers about a type, or, with ``*``, about any."""
    return f"found:{type_}"


_CONTRIBUTIONS, _DEBATES, _HIDDEN = listed("contribution"), listed("debate"), listed("argument")
_DEBATED = (_DEBATES, _HIDDEN)

_BY_PATH: Mapping[str, tuple[str, ...]] = {
    # A text may become a translation of any other, and shows it.
    "/api/contributions": (_CONTRIBUTIONS,),
    "/api/contributions/{id}": (_CONTRIBUTIONS,),
    "/api/contributions/{id}/revisions": (),
    # What was taken down does not say where it stood, and is counted wherever its debate is shown.
    "/api/debates": _DEBATED,
    "/api/debates/{id}": (_HIDDEN,),
    "/api/debates/{id}/arguments": (_HIDDEN,),
    "/api/arguments/{id}": (_HIDDEN,),
    "/api/forums": (listed("forum"),),
    "/api/forums/{id}": (),
    "/api/forums/{id}/rooms": (),
    "/api/forums/{id}/sessions": (),
    "/api/forums/{id}/sessions/{id}": (),
    "/api/forums/{id}/places": (),
    "/api/calls": (listed("call"),),
    "/api/calls/{id}": (),
    "/api/organizations": (listed("organization"),),
    "/api/organizations/{id}": (),
    # They name their organization where it is public.
    "/api/demonstrators": (listed("demonstrator"), listed("organization")),
    "/api/demonstrators/{id}": (listed("organization"),),
    "/api/demonstrators/{id}/results": (),
    "/api/themes": (NAMES,),
    "/api/territories": (NAMES,),
    "/api/search": (),
    "/api/search/similar/{id}": (found("*"),),
}
"""What a list a call stands for, by its path. A page that asks for anything else is not kept."""


_HAPPENED = frozenset(
    f"{what}_at"
    for what in (
        *("created", "updated", "submitted", "published", "corrected", "withdrawn", "cancelled", "closed", "ended"),
        *("made", "edited", "hidden", "said"),
    )
) | {"at", "date"}
"""Instants of what happened: nothing changes by itself when they come."""


@dataclass
class Said:
    """What an answer says to a page that is to be kept."""

    tags: set[str] = field(default_factory=set)
    people: list[tuple[str, str]] = field(default_factory=list)
    """Ids with the names shown."""
    instants: list[datetime] = field(default_factory=list)
    list: str | None = None
    """The list that was asked for, by path and phase, where time moves things from one to another."""
    is_whole: bool = False
    needs: frozenset[str] = frozenset()
    """Lists the page must have seen too: what will enter this one by itself, and when, stands there."""


_NEEDS = {
    "/api/debates open": frozenset({"/api/debates scheduled"}),
    "/api/debates closed": frozenset({"/api/debates open"}),
    "/api/calls open": frozenset({"/api/calls coming"}),
    "/api/calls over": frozenset({"/api/calls open"}),
    "/api/forums past": frozenset({"/api/forums coming"}),
}
_IN_TURN = frozenset({"/api/debates scheduled", "/api/debates open"})
"""Lists whose first is the next to leave: a part of them tells when as well as the whole."""


def of_answer(path: str, params: Params, answer: BaseModel) -> Said | None:
    """What an answer says; None for a call whose answers have no tags."""
    lists = _BY_PATH.get(ID.sub("{id}", path))
    if lists is None:
        return None
    said = Said(tags={*lists, *ID.findall(path)})
    if path == "/api/search":
        types = params.get("type")
        said.tags |= {found(one) for one in (types if isinstance(types, list) else ["*"])}
    _walk(answer, said)
    phase = params.get("phase") or params.get("when")
    if isinstance(phase, str):
        said.list = f"{path} {phase}"
        chosen = any(value for name, value in params.items() if name not in ("phase", "when", "limit"))
        said.is_whole = not chosen and (said.list in _IN_TURN or getattr(answer, "next", None) is None)
        said.needs = _NEEDS.get(said.list, frozenset())
    return said


def _walk(value: object, said: Said) -> None:
    match value:
        case PersonRef(id=person, name=name) | Speaker(person=str(person), name=name):
            said.tags.add(person)
            said.people.append((person, name))
        case BaseModel():
            for name in type(value).model_fields:
                if name not in _HAPPENED:
                    _walk(getattr(value, name), said)
        case str() if len(value) == 36 and ID.fullmatch(value):
            said.tags.add(value)
        case datetime():
            said.instants.append(value.astimezone(UTC))
        case list() | tuple():
            for one in value:
                _walk(one, said)
        case dict():
            for one in value.values():
                _walk(one, said)


def of_message(contract: Contract) -> frozenset[str]:
    """What a message drops."""
    match contract:
        case IndexChanged(types=types):
            return frozenset({found("*"), *map(found, types)})
        case PersonNamed() | PersonForgotten():
            return frozenset({contract.id})
        case ArgumentMade(debate=debate, answers=answers):
            # Its debate counts it; no list is of arguments of more than one.
            return frozenset({contract.id, debate, *([answers] if answers else [])})
        case Shown() | Gone() if contract.ENTITY in ("theme", "territory"):
            return frozenset({NAMES})
        case Shown():
            return frozenset({contract.id, *_above(contract), *_lists_below(contract.ENTITY)})
        case _:
            return frozenset({contract.id, *_lists_below(contract.ENTITY)})


def _above(contract: Shown) -> Iterator[str]:
    parent = contract.parent()
    if parent is not None:
        yield parent.partition(":")[2]


@cache
def _lists_below(kind: str) -> frozenset[str]:
    """The lists of a kind and of all that may hang under it: they go and come with it."""
    kinds, more = {kind}, True
    while more:
        below = {
            one.ENTITY
            for one in known().values()
            if issubclass(one, Shown) and kinds & set(one.PARENTS) and one.ENTITY not in kinds
        }
        kinds, more = kinds | below, bool(below)
    return frozenset(map(listed, kinds))
