"""What was asked for, what was answered, and so what must be true: the only thing the storm is judged by.

A thing is changed by one actor, one request after another. An accepted request leaves one possible state; one that was
refused changes nothing; one without an answer (a connection that broke, a 5xx) may have been done or not, or be done
later: it may wait in a pool, in a proxy, or in a process that stands still. Only a newer version of the thing makes it
impossible, or calm.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

NOTHING = "nothing"
"""The state of what was never made."""


class Outcome(Enum):
    """What a client knows of a request."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 if nothing did."""

    status: int
    body: Any = None
    why: str = ""

    @property
    def outcome(self) -> Outcome:
        """What it proves."""
        if 200 <= self.status < 300:
            return Outcome.ACCEPTED
        return Outcome.REFUSED if 400 <= self.status < 500 else Outcome.UNKNOWN


@dataclass(frozen=True)
class Creation:
    """How a thing was asked for, so that it can be asked for again with the same key."""

    who: str
    path: str
    body: dict[str, Any]
    key: str


@dataclass(frozen=True)
class Pending:
    """A request that may still be done."""

    to: str
    versioned: bool
    """Whether it names the version it changes, so that any other change makes it impossible."""


@dataclass
class Thing:
    """One entity, or one person's relation to one (a registration, an endorsement)."""

    kind: str
    word: str
    """No other thing has it; texts of this one hold it."""
    possible: frozenset[str] = frozenset({NOTHING})
    pending: frozenset[Pending] = frozenset()
    id: str | None = None
    version: int = 0
    owner: str = ""
    about: Thing | None = None
    """What it hangs under or is a relation to."""
    creation: Creation | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """What it is, if that is known; else all it may be."""
        return "|".join(sorted(self.possible))

    def is_for_sure(self, state: str) -> bool:
        """Whether it can be nothing else."""
        return self.possible == frozenset({state})


class Journal:
    """All things and all requests, in order."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self.violations: list[str] = []
        self._numbers = itertools.count(1)
        self.last_fault = "none yet"
        self.calm = False
        """Whether nothing is under way any more."""

    @property
    def steps(self) -> int:
        """Requests that change something, so far."""
        return sum(self.outcomes.values())

    def begin(self, thing: Thing) -> Thing:
        """Keep an eye on it."""
        self.things.append(thing)
        return thing

    def of(self, kind: str) -> list[Thing]:
        """All things of a kind."""
        return [thing for thing in self.things if thing.kind == kind]

    def note(self, thing: Thing, what: str, answer: Answer, to: str, *, versioned: bool = True) -> Outcome:
        """A request and what came of it."""
        outcome = answer.outcome
        self.outcomes[outcome] += 1
        if outcome is Outcome.ACCEPTED:
            self._is(thing, to, outdated=versioned)
        elif outcome is Outcome.UNKNOWN:
            thing.pending |= {Pending(to, versioned)}
            thing.possible |= {to}
        self._line(thing, f"{what} → {answer.status} {answer.why[:160]} ({outcome.value}): {thing.state}")
        return outcome

    def saw(self, thing: Thing, state: str) -> None:
        """Its owner was asked and answered."""
        if state not in thing.possible:
            self.violation(thing, f"is {state}, and must be {thing.state}")
        self._is(thing, state, outdated=Pending(state, versioned=True) in thing.pending)
        self._line(thing, f"seen: {state}" + ("" if thing.is_for_sure(state) else f", and may become {thing.state}"))

    def _is(self, thing: Thing, state: str, *, outdated: bool) -> None:
        """It is in that state now; ``outdated`` says that its version rose since anything was asked for."""
        if self.calm:
            thing.pending = frozenset()
        elif outdated:
            thing.pending = frozenset(one for one in thing.pending if not one.versioned)
        thing.possible = frozenset({state, *(one.to for one in thing.pending)})

    def violation(self, thing: Thing, what: str) -> None:
        """Something that must never be."""
        self.violations.append(f"{thing.kind} {thing.word} ({thing.id}) {what}\n" + told(thing))

    def _line(self, thing: Thing, line: str) -> None:
        thing.lines.append(f"{next(self._numbers)} [{self.last_fault}] {line}")


def told(thing: Thing) -> str:
    """The journal of one thing, for a report."""
    return "\n".join(f"      {line}" for line in thing.lines)
