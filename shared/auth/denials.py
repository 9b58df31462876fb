"""Whom to refuse although their token is good: a token lives some minutes, a suspension bites at once.

Identity tells who is denied on a state topic; every process hears all of it and keeps it in memory, which is an id and
a number for each. While the log is away the last known list holds, and health says so: a token that was signed before
then passes for what is left of its five minutes, and nobody gets a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from shared.contracts.identity import DENIALS, AccessDenied, AccessRestored
from shared.messaging.envelope import Incoming
from shared.messaging.follower import Follower, Start
from shared.messaging.log import Log

RECENT = timedelta(hours=25)
"""How long a denial counts as new: longer than anything about a person is kept that ends by itself."""


class Denials(Protocol):
    """Knows whom to refuse."""

    async def refuses(self, person: UUID) -> bool:
        """Whether nothing signed for this person counts any more."""
        ...


class NobodyDenied:
    """For what runs without a log, such as a command."""

    async def refuses(self, person: UUID) -> bool:  # noqa: ARG002
        """Never."""
        return False


class DenialList:
    """What identity told, kept in this process. `run` must run."""

    def __init__(self, log: Log) -> None:
        self._ages: dict[str, tuple[int, int]] = {}
        self._denied: set[UUID] = set()
        self._recent: list[str] = []
        self._follower = Follower(log, (DENIALS,), self._hear, start=Start.BEGINNING)

    async def refuses(self, person: UUID) -> bool:
        """See `Denials`."""
        return person in self._denied

    def denied_after(self, place: int) -> tuple[Sequence[str], int]:
        """Ids of who was denied lately, from a place in the order of hearing on, and the next place."""
        return self._recent[place:], len(self._recent)

    def is_current(self, within: float) -> bool:
        """Whether everything told was heard at some time in the last ``within`` seconds."""
        return self._follower.is_current(within)

    def complaint(self) -> str | None:
        """Why the list may be out of date, if it may."""
        return self._follower.complaint()

    async def run(self) -> None:
        """Hear for ever. What was heard before stays, whatever becomes of the log."""
        await self._follower.run()

    async def _hear(self, incoming: Incoming) -> None:
        if incoming.age <= self._ages.get(incoming.key, (-1, -1)):
            return
        self._ages[incoming.key] = incoming.age
        person = UUID(incoming.key)
        if isinstance(incoming.contract, AccessDenied):
            self._denied.add(person)
            if datetime.now(UTC) - incoming.contract.since < RECENT:
                self._recent.append(incoming.key)
        elif isinstance(incoming.contract, AccessRestored):
            self._denied.discard(person)
