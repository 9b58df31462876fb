"""Which message made a document dirty, so that showing it in the index belongs to that message's trace.

Kept in memory: one projector applies and shows in turn, in one process. After a kill in between, the document is shown
all the same, and only its span is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Apply, Reactions
from shared.runtime import telemetry
from shared.runtime.correlation import TraceContext

MOST = 10_000
"""Documents remembered; beyond, the oldest are forgotten."""


class Causes:
    """The places in traces that documents wait to be shown from."""

    def __init__(self, service: str, projection: str) -> None:
        self._service = service
        self._projection = projection
        self._places: dict[str, TraceContext] = {}

    def remembering(self, reactions: Reactions) -> Reactions:
        """The same reactions, whose messages are remembered as causes."""
        states = tuple(replace(state, apply=self._remembering(state.apply)) for state in reactions.states)
        return replace(reactions, states=states)

    def _remembering(self, apply: Apply) -> Apply:
        async def applying(session: AsyncSession, messages: Sequence[Incoming]) -> None:
            await apply(session, messages)
            if telemetry.is_on():
                self._remember(messages)

        return applying

    def _remember(self, messages: Iterable[Incoming]) -> None:
        for message in messages:
            if (cause := message.cause) is not None and cause.sampled:
                self._places[message.contract.key(message.contract.id)] = cause
        while len(self._places) > MOST:
            del self._places[next(iter(self._places))]

    @contextmanager
    def showing(self, ids: Sequence[str]) -> Iterator[None]:
        """These documents are shown in the block; if that fails they still wait."""
        known = {id: self._places[id] for id in ids if id in self._places}
        begun = [
            telemetry.begin(
                f"index {self._projection}",
                service=self._service,
                under=place,
                attributes={"demain.document.id": id, "demain.index.batch_size": len(ids)},
            )
            for id, place in known.items()
        ]
        with telemetry.together(begun):
            yield
        for id, place in known.items():
            if self._places.get(id) is place:
                del self._places[id]
