"""How a service says what it does when others speak: explicit tables, plain data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging.envelope import Incoming
from shared.messaging.log import Topic

Apply = Callable[[AsyncSession, Sequence[Incoming]], Awaitable[None]]
"""Applies messages in order, in the consumer's transaction. Guards have left only what is new."""

Hide = Callable[[AsyncSession, str], Awaitable[None]]
"""Makes an entity (by message key) unseen while its newest state cannot be applied."""


class TransientFailure(Exception):
    """The reaction cannot succeed now, and may later: the partition waits."""


@dataclass(frozen=True)
class StateReaction:
    """What a consumer does with the states of one topic. It sees only the newest state of each key."""

    topic: Topic
    apply: Apply
    hide: Hide


@dataclass(frozen=True)
class Reactions:
    """All reactions of one consumer."""

    consumer: str
    states: tuple[StateReaction, ...]

    def of(self, topic: str) -> StateReaction:
        """The reaction to a topic."""
        return next(state for state in self.states if state.topic.name == topic)

    @property
    def topics(self) -> tuple[str, ...]:
        """What it subscribes to."""
        return tuple(state.topic.name for state in self.states)
