"""Hears all that is told of what pages show, and drops it. Each process of the site follows the log by itself."""

from __future__ import annotations

import asyncio

from services.web.page_cache.store import PageCache
from services.web.page_cache.tags import of_message
from shared.contracts.contributions import CONTRIBUTIONS, TERRITORIES, THEMES
from shared.contracts.debates import ARGUMENTS, DEBATES
from shared.contracts.events import FORUMS, SESSIONS
from shared.contracts.identity import PEOPLE
from shared.contracts.partners import CALLS, DEMONSTRATORS, ORGANIZATIONS
from shared.contracts.search import INDEX
from shared.messaging.envelope import Incoming
from shared.messaging.follower import Follower, Start
from shared.runtime.resources import Resources

TOPICS = (
    *(CONTRIBUTIONS, THEMES, TERRITORIES, DEBATES, ARGUMENTS),
    *(FORUMS, SESSIONS),
    *(ORGANIZATIONS, CALLS, DEMONSTRATORS),
    *(PEOPLE, INDEX),
)


class Following:
    """The worker that keeps the page cache of this process true."""

    def __init__(self, resources: Resources) -> None:
        self._cache = cache = cache_of(resources)
        self._follower = Follower(resources.log, TOPICS, self._hear, start=Start.END, missed=self._missed)
        self._unreadable = 0
        cache.is_current = self.is_current

    async def run(self) -> None:
        """Follow for ever; where nothing is kept there is nothing to follow for."""
        if not self._cache.room:
            await asyncio.Event().wait()
        await self._follower.run()

    def complaint(self) -> str | None:
        """Why pages are made anew for everybody, if they are."""
        return self._follower.complaint() if self._cache.room else None

    def is_current(self, within: float) -> bool:
        """Whether all that was told so long ago was heard. What could not be read may have been about anything."""
        if self._follower.unreadable > self._unreadable:
            self._unreadable = self._follower.unreadable
            self._cache.clear()
        return self._follower.is_current(within)

    async def _hear(self, incoming: Incoming) -> None:
        self._cache.drop(of_message(incoming.contract))

    async def _missed(self) -> None:
        self._cache.clear()


def cache_of(resources: Resources) -> PageCache:
    """The page cache of this process, made when it is first asked for."""
    made = resources.own.get("page cache")
    if not isinstance(made, PageCache):
        made = resources.own["page cache"] = PageCache(resources.settings.page_cache_mb * 1_000_000, resources.metrics)
    return made
