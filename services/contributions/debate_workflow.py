"""The life of a debate and of an argument.

A debate's phase follows from the clock, and is never stored:

scheduled ──opens_at──► open ──closes_at──► closed        any of them ──withdraw──► withdrawn

An argument: shown ⇄ hidden (by moderators, with the rule that was broken); either ──take_back──► taken_back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """Where a debate is in its life."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class DebateAction(StrEnum):
    """What can be asked of a debate."""

    CLOSE = "close"
    WITHDRAW = "withdraw"


class Position(StrEnum):
    """What an argument says to the question."""

    FOR = "for"
    AGAINST = "against"
    NUANCE = "nuance"


class ArgumentState(StrEnum):
    """Whether an argument may be seen."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    TAKEN_BACK = "taken_back"


class ArgumentAction(StrEnum):
    """What can be asked of an argument beside answering and endorsing it."""

    EDIT = "edit"
    TAKE_BACK = "take_back"
    HIDE = "hide"
    RESTORE = "restore"
    DISMISS = "dismiss"
    """Say that what was reported breaks no rule."""


class Part(StrEnum):
    """What somebody is to a debate or an argument."""

    OPENER = "opener"
    STEWARD = "steward"
    """Looks after debates: editors and moderators."""
    AUTHOR = "author"
    MODERATOR = "moderator"


@dataclass(frozen=True)
class Transition:
    """One line of a table."""

    who: frozenset[Part]
    to: ArgumentState | None = None
    """The state of an argument after it; None where it stays."""
    needs_reason: bool = False
    needs_rule: bool = False


EDIT_WITHIN = timedelta(minutes=15)
"""How long the text of an argument can be changed, as long as nobody has answered or endorsed it."""

_DEBATE = frozenset({Part.OPENER, Part.STEWARD})
_AUTHOR, _MODERATOR = frozenset({Part.AUTHOR}), frozenset({Part.MODERATOR})

DEBATE_TRANSITIONS: dict[tuple[Phase, DebateAction], Transition] = {
    (Phase.OPEN, DebateAction.CLOSE): Transition(_DEBATE),
    **{
        (phase, DebateAction.WITHDRAW): Transition(_DEBATE, needs_reason=True)
        for phase in (Phase.SCHEDULED, Phase.OPEN, Phase.CLOSED)
    },
}

ARGUMENT_TRANSITIONS: dict[tuple[ArgumentState, ArgumentAction], Transition] = {
    (ArgumentState.SHOWN, ArgumentAction.EDIT): Transition(_AUTHOR),
    (ArgumentState.SHOWN, ArgumentAction.TAKE_BACK): Transition(_AUTHOR, ArgumentState.TAKEN_BACK),
    (ArgumentState.SHOWN, ArgumentAction.HIDE): Transition(
        _MODERATOR, ArgumentState.HIDDEN, needs_reason=True, needs_rule=True
    ),
    (ArgumentState.SHOWN, ArgumentAction.DISMISS): Transition(_MODERATOR),
    (ArgumentState.HIDDEN, ArgumentAction.RESTORE): Transition(_MODERATOR, ArgumentState.SHOWN, needs_reason=True),
    (ArgumentState.HIDDEN, ArgumentAction.TAKE_BACK): Transition(_AUTHOR, ArgumentState.TAKEN_BACK),
}


def phase_at(at: datetime, opens_at: datetime, closes_at: datetime, withdrawn_at: datetime | None) -> Phase:
    """The phase of a debate at an instant: from its opening on it is open, from its closing on it is not."""
    if withdrawn_at is not None:
        return Phase.WITHDRAWN
    if at < opens_at:
        return Phase.SCHEDULED
    return Phase.OPEN if at < closes_at else Phase.CLOSED


def debate_transition(phase: Phase, action: DebateAction) -> Transition | None:
    """The line for this phase and action; None if there is none."""
    return DEBATE_TRANSITIONS.get((phase, action))


def argument_transition(state: ArgumentState, action: ArgumentAction) -> Transition | None:
    """The line for this state and action; None if there is none."""
    return ARGUMENT_TRANSITIONS.get((state, action))


def debate_actions(phase: Phase, parts: frozenset[Part]) -> list[DebateAction]:
    """What somebody with these parts may ask of a debate now, in the order of the table."""
    return [action for (at, action), line in DEBATE_TRANSITIONS.items() if at == phase and parts & line.who]


def argument_actions(state: ArgumentState, parts: frozenset[Part]) -> list[ArgumentAction]:
    """What somebody with these parts may ask of an argument in this state, in the order of the table."""
    return [action for (at, action), line in ARGUMENT_TRANSITIONS.items() if at == state and parts & line.who]
