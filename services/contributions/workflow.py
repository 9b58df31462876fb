"""The editorial life of a contribution: a table of (state, action) → state, who, and whether it needs a reason.

draft ──submit──► submitted ──publish──► published ──withdraw──► withdrawn
      ◄──recall──     │ ▲
                return│ │submit
                      ▼ │
               changes_requested

submitted ──schedule──► scheduled ──publish (by hand, or when due)──► published
     ◄──unschedule──        │
draft ◄────────────recall───┘
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a contribution is in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be asked for."""

    SUBMIT = "submit"
    RECALL = "recall"
    RETURN = "return"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    WITHDRAW = "withdraw"


class Part(StrEnum):
    """What somebody is to a contribution."""

    AUTHOR = "author"
    EDITOR = "editor"


@dataclass(frozen=True)
class Transition:
    """One line of the table."""

    to: State
    who: frozenset[Part]
    needs_reason: bool = False
    needs_text: bool = False
    """Whether summary and body must be there."""
    needs_instant: bool = False
    """Whether it has to be said when it is to be published."""


_AUTHOR, _EDITOR = frozenset({Part.AUTHOR}), frozenset({Part.EDITOR})

TRANSITIONS: dict[tuple[State, Action], Transition] = {
    (State.DRAFT, Action.SUBMIT): Transition(State.SUBMITTED, _AUTHOR, needs_text=True),
    (State.SUBMITTED, Action.RECALL): Transition(State.DRAFT, _AUTHOR),
    (State.SUBMITTED, Action.RETURN): Transition(State.CHANGES_REQUESTED, _EDITOR, needs_reason=True),
    (State.CHANGES_REQUESTED, Action.SUBMIT): Transition(State.SUBMITTED, _AUTHOR, needs_text=True),
    (State.SUBMITTED, Action.PUBLISH): Transition(State.PUBLISHED, _EDITOR, needs_text=True),
    (State.SUBMITTED, Action.SCHEDULE): Transition(State.SCHEDULED, _EDITOR, needs_text=True, needs_instant=True),
    (State.SCHEDULED, Action.PUBLISH): Transition(State.PUBLISHED, _EDITOR, needs_text=True),
    (State.SCHEDULED, Action.UNSCHEDULE): Transition(State.SUBMITTED, _EDITOR),
    (State.SCHEDULED, Action.RECALL): Transition(State.DRAFT, _AUTHOR),
    (State.PUBLISHED, Action.WITHDRAW): Transition(State.WITHDRAWN, _AUTHOR | _EDITOR, needs_reason=True),
}

EDITABLE: dict[State, frozenset[Part]] = {
    State.DRAFT: _AUTHOR,
    State.SUBMITTED: _EDITOR,
    State.CHANGES_REQUESTED: _AUTHOR,
    State.SCHEDULED: _EDITOR,
    State.PUBLISHED: _EDITOR,
    State.WITHDRAWN: frozenset(),
}
"""Who may change the text in which state."""

REVIEWED = frozenset({State.SUBMITTED, State.CHANGES_REQUESTED, State.SCHEDULED})
"""Where editors have something to do, or will have."""

UNFINISHED = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
"""Where the text is its author's to write, and need not be complete."""

UNPUBLISHED = frozenset(State) - {State.PUBLISHED, State.WITHDRAWN}
"""Where it is still open who its authors are: readers of what is published know."""


def transition(state: State, action: Action) -> Transition | None:
    """The line for this state and action; None if there is none."""
    return TRANSITIONS.get((state, action))


def actions(state: State, parts: frozenset[Part]) -> list[Action]:
    """What somebody with these parts may ask for in this state, in the order of the table."""
    return [action for (at, action), line in TRANSITIONS.items() if at == state and parts & line.who]
