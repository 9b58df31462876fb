"""A search index in memory, for proofs of the projection that make hundreds of batches.

It keeps the promises of the port about changes, stamps and generations (`test_index_in_memory` runs the cases of
the conformance suite that say so); it finds words in titles and does nothing else. A test can have something
happen in the middle of a batch, or have a batch fail before or after it took effect.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from shared.search_index.port import (
    Change,
    Hit,
    IndexDocument,
    IndexUnavailable,
    Query,
    Results,
    Suggestion,
    Upsert,
)


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


@dataclass
class Place:
    """What outlives an index object: the generations, the live one's name."""

    generations: dict[str, dict[str, IndexDocument]] = field(default_factory=lambda: {"empty": {}})
    live: str = "empty"
    rebuilt: bool = False


class IndexInMemory:
    """`SearchIndex` in memory, as far as the module says."""

    shared_by_processes: ClassVar[bool] = False

    def __init__(self, place: Place | None = None) -> None:
        self.place = place or Place()
        self._open = False
        self.written: Counter[str] = Counter()
        """How often each document was put into the live generation or taken out."""
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """Happens once, in the middle of the next batch."""
        self.fail_before = False
        """The next batch fails without effect."""
        self.fail_after = False
        """The next batch fails and took effect nevertheless."""
        self.fail_swap = False
        """The next swap fails without effect."""

    @property
    def documents(self) -> dict[str, IndexDocument]:
        """The live generation's."""
        return self.place.generations[self.place.live]

    async def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False

    async def needs_rebuild(self) -> bool:
        return not self.place.rebuilt

    async def claim(self) -> None:
        self._check_open()

    async def apply(self, changes: Sequence[Change], *, generation: str | None = None) -> None:
        self._check_open()
        if self.fail_before:
            self.fail_before = False
            raise IndexUnavailable("failed before")
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        documents = self._generation(generation)
        for change in changes:
            id = change.document.id if isinstance(change, Upsert) else change.id
            if generation is None:
                self.written[id] += 1
            if isinstance(change, Upsert):
                documents[id] = change.document
            else:
                documents.pop(id, None)
        if self.fail_after:
            self.fail_after = False
            raise IndexUnavailable("failed after")

    async def query(self, query: Query) -> Results:
        self._check_open()
        words = _folded(query.text).split()
        found = [
            Hit(one.id, one.stamp, 0.0, one.title, one.summary)
            for _, one in sorted(self.documents.items())
            if all(word in _folded(one.title) for word in words)
        ]
        page = found[query.offset : query.offset + query.limit]
        return Results(page, len(found), True, {}, generation=self.place.live)

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        raise NotImplementedError("no proof of the projection needs it")

    async def similar(self, id: str, limit: int = 5) -> list[Hit]:
        raise NotImplementedError("no proof of the projection needs it")

    async def stamps(self, *, generation: str | None = None) -> AsyncIterator[tuple[str, int]]:
        for id, document in list(self._generation(generation).items()):
            yield id, document.stamp

    async def count(self, *, generation: str | None = None) -> int:
        return len(self._generation(generation))

    async def live(self) -> str:
        return self.place.live

    async def generations(self) -> list[str]:
        return list(self.place.generations)

    async def begin(self, generation: str) -> None:
        if generation == self.place.live:
            raise ValueError(f"generation {generation!r} is live")
        if "/" in generation:
            raise ValueError(f"generation {generation!r} is no name")
        self.place.generations[generation] = {}

    async def swap(self, generation: str) -> None:
        if self.fail_swap:
            self.fail_swap = False
            raise IndexUnavailable("failed to swap")
        self._generation(generation)
        if generation != self.place.live:
            self.place.live, self.place.rebuilt = generation, True

    async def drop(self, generation: str) -> None:
        if generation == self.place.live:
            raise ValueError(f"generation {generation!r} is live")
        self.place.generations.pop(generation, None)

    def _generation(self, name: str | None) -> dict[str, IndexDocument]:
        self._check_open()
        try:
            return self.place.generations[name or self.place.live]
        except KeyError:
            raise ValueError(f"generation {name!r} is missing") from None

    def _check_open(self) -> None:
        if not self._open:
            raise IndexUnavailable("not open")
