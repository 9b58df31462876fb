"""Names of themes and territories, asked from the contributions service and kept for a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from services.web.language import in_language
from services.web.page_cache.recording import recording
from services.web.page_cache.tags import NAMES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import ContributionsClient, Territory, Theme
from shared.clients.patience import at_most

log = structlog.get_logger(__name__)

FRESH = 60.0
"""Seconds names are used without asking again."""
PATIENCE = 2.0
"""Seconds a page waits for names; without them it shows ids."""
SOONEST = 5.0
"""Seconds between two askings, whatever is missing."""


@dataclass
class Names:
    """All names as last heard, by id, in the order they are shown."""

    themes: Sequence[Theme] = ()
    territories: Sequence[Territory] = ()
    moved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """``theme`` and ``territory``: from ids that were merged to their successors."""
    _by_id: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    heard: bool = False
    """Whether the service has ever answered: without names there is nothing to list."""
    missed: bool = False
    """Whether somebody asked for an id that is not here."""

    def __post_init__(self) -> None:
        self._by_id = {
            "theme": {one.id: one.names for one in self.themes},
            "territory": {one.id: one.names for one in self.territories},
        }

    def theme(self, id: str) -> str:
        """The name of a theme in the current language; the id itself when it has none."""
        return self._name("theme", id)

    def territory(self, id: str) -> str:
        """The name of a territory in the current language; the id itself when it has none."""
        return self._name("territory", id)

    def current(self, kind: str, id: str) -> str:
        """The id that a theme's or a territory's (``kind``) means now: its successor's, once it was merged."""
        return self.moved.get(kind, {}).get(id, id)

    def within(self, id: str) -> list[Territory]:
        """The larger territories one lies in, the largest first."""
        parents = {one.id: one for one in self.territories}
        found: list[Territory] = []
        at = parents.get(id)
        while at is not None and (at := parents.get(at.parent or "")) is not None and at not in found:
            found.insert(0, at)
        return found

    def parts(self, id: str | None) -> list[Territory]:
        """The territories that lie directly in one; without an ``id`` those that lie in none."""
        return [one for one in self.territories if one.parent == id]

    def _name(self, kind: str, id: str) -> str:
        names = self._by_id[kind].get(self.current(kind, id))
        if names is None:
            self.missed = True
            return id
        return in_language(names, id)


class NamesCache:
    """One per process. While the service does not answer, the last names heard go on being used."""

    def __init__(
        self, client: Callable[[], ContributionsClient], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock`` gives seconds and never goes back."""
        self._client = client
        self._clock = clock
        self._names = Names()
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def read(self) -> Names:
        """The names, asked again if they are a minute old or an id was missing. Never raises."""
        recorder = recording()
        if recorder is not None:
            recorder.tag(NAMES)
        if self._is_due():
            async with self._asking:
                if self._is_due():
                    await self._ask()
        return self._names

    def forget(self) -> None:
        """Ask again before the next page: something was just changed here."""
        self._asked_at = None

    def _is_due(self) -> bool:
        if self._asked_at is None:
            return True
        age = self._clock() - self._asked_at
        return age >= FRESH or (self._names.missed and age >= SOONEST)

    async def _ask(self) -> None:
        self._asked_at = self._clock()
        try:
            client = self._client()
            with at_most(PATIENCE):
                themes, territories = await asyncio.gather(client.themes(), client.territories())
        except (ServiceDown, ServiceProblem) as error:
            log.warning("names not refreshed", error=str(error))
            self._names.missed = True
            return
        moved = {"theme": themes.moved, "territory": territories.moved}
        self._names = Names(themes.items, territories.items, moved, heard=True)
