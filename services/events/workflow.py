"""The life of a forum and of a session: pure tables of (state, action) → state, who, what it needs.

forum:    draft ──publish──► published ──cancel──► cancelled
            ◄───retract───┘      ◄────restore────┘
session:  scheduled ──cancel──► cancelled
              ◄────restore────┘

What was cancelled stays visible, as cancelled: who meant to come must learn of it. What is retracted is a draft again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a forum is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can be asked for with a forum."""

    PUBLISH = "publish"
    RETRACT = "retract"
    CANCEL = "cancel"
    RESTORE = "restore"


class SessionState(StrEnum):
    """Whether a session takes place."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class SessionAction(StrEnum):
    """What can be asked for with a session."""

    CANCEL = "cancel"
    RESTORE = "restore"


class Part(StrEnum):
    """What somebody is to a forum."""

    ORGANIZER = "organizer"
    """Who owns it."""
    ADMIN = "admin"


@dataclass(frozen=True)
class Transition:
    """One line of the table."""

    to: State
    who: frozenset[Part]
    needs_reason: bool = False
    needs_text: bool = False
    """Whether what readers need must be there."""


_BOTH = frozenset(Part)

TRANSITIONS: dict[tuple[State, Action], Transition] = {
    (State.DRAFT, Action.PUBLISH): Transition(State.PUBLISHED, _BOTH, needs_text=True),
    (State.PUBLISHED, Action.RETRACT): Transition(State.DRAFT, _BOTH, needs_reason=True),
    (State.PUBLISHED, Action.CANCEL): Transition(State.CANCELLED, _BOTH, needs_reason=True),
    (State.CANCELLED, Action.RESTORE): Transition(State.PUBLISHED, _BOTH),
}

SESSION_TRANSITIONS: dict[tuple[SessionState, SessionAction], SessionState] = {
    (SessionState.SCHEDULED, SessionAction.CANCEL): SessionState.CANCELLED,
    (SessionState.CANCELLED, SessionAction.RESTORE): SessionState.SCHEDULED,
}

PUBLIC = frozenset({State.PUBLISHED, State.CANCELLED})
"""What everybody may see, and others are told of."""

EDITABLE = frozenset({State.DRAFT, State.PUBLISHED})
"""Where a forum, its rooms and its sessions may be changed."""


def transition(state: State, action: Action) -> Transition | None:
    """The line for this state and action; None if there is none."""
    return TRANSITIONS.get((state, action))


def actions(state: State, parts: frozenset[Part]) -> list[Action]:
    """What somebody with these parts may ask for in this state, in the order of the table."""
    return [action for (at, action), line in TRANSITIONS.items() if at == state and parts & line.who]


def session_actions(state: SessionState, forum: State, parts: frozenset[Part]) -> list[SessionAction]:
    """What somebody may ask for with a session of a forum in that state."""
    if not parts or forum not in EDITABLE:
        return []
    return [action for (at, action) in SESSION_TRANSITIONS if at == state]
