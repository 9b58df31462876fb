"""Looks now and then whether the other provider answers, so that it shows before somebody wants to come in."""

from __future__ import annotations

import asyncio

from services.identity.outside.asking import ProviderAway
from services.identity.outside.provider import outside_provider
from shared.runtime.resources import Resources

LOOK_EVERY = 30.0
"""Seconds between two looks."""


class Watch:
    """Degrades, never downs: people go on coming in by password."""

    def __init__(self, resources: Resources) -> None:
        self._provider = outside_provider(resources)

    def complaint(self) -> str | None:
        """Why nobody comes in through it."""
        if self._provider is None or self._provider.discovery.trouble is None:
            return None
        return f"nobody comes in through {self._provider.host}: {self._provider.discovery.trouble}"

    async def run(self) -> None:
        """Look for ever; nothing to do where there is no other provider."""
        while self._provider is not None:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look once."""
        assert self._provider is not None, "somebody to look at"
        try:
            await self._provider.discovery.metadata(newer_than=LOOK_EVERY / 2)
        except ProviderAway:
            return
