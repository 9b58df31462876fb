"""The steady load: a few actors who tell one story after another, each by dice of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.faults.storm.actor import PATIENCE, Actor
from tests.faults.storm.journal import Journal
from tests.faults.storm.stories.applying import apply
from tests.faults.storm.stories.debating import argue, endorse
from tests.faults.storm.stories.registering import register
from tests.faults.storm.stories.stage import Stage, build
from tests.faults.storm.stories.writing import write
from tests.faults.storm.town import Town

ACTORS = 6
STORIES = ((write, 5), (argue, 4), (endorse, 3), (register, 5), (apply, 2))
"""Each with how often it is told, of all."""


class Load:
    """Actors at work. What they do follows from the seed; how long each answer takes does not."""

    def __init__(self, seed: int, town: Town, journal: Journal, http: aiohttp.ClientSession) -> None:
        self._actors = [
            Actor(str(number), town, journal, random.Random(f"{seed} actor {number}"), http) for number in range(ACTORS)
        ]
        self.stage = Stage()
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def first(self) -> Actor:
        """Somebody to ask with."""
        return self._actors[0]

    async def start(self) -> None:
        """Build the stage, and begin."""
        self.stage = await build(self.first)
        self._tasks = [asyncio.create_task(self._tell(actor)) for actor in self._actors]

    def check(self) -> None:
        """Raises what an actor broke down with."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def stop(self) -> None:
        """Let each finish the story it is telling."""
        self._over = True
        await asyncio.gather(*self._tasks)

    async def _tell(self, actor: Actor) -> None:
        stories, weights = zip(*STORIES, strict=True)
        while not self._over:
            await actor.dice.choices(stories, weights)[0](actor, self.stage)


@asynccontextmanager
async def clients() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections of the actors; a request that gets no answer in time is given up."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=64)) as http:
        yield http
