"""Somebody who asks the platform for changes over HTTP, one after another, and writes down what came of each."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.faults.storm.journal import NOTHING, Answer, Creation, Journal, Outcome, Thing
from tests.faults.storm.reading import observed, place_of, reader_of
from tests.faults.storm.town import Town

PATIENCE = 8.0
"""Seconds a client waits for an answer."""
TRIES = 12
"""How often it asks again before it gives a thing up; what it is then stays open until the storm is over."""

OWNERS = {
    "contributions": "contributions",
    "debates": "contributions",
    "arguments": "contributions",
    "forums": "events",
    "organizations": "partners",
    "calls": "partners",
    "applications": "partners",
    "search": "search",
}
"""Which service answers ``/api/<first part>``."""


class Actor:
    """``dice`` decides all it does; two actors never change the same thing."""

    def __init__(
        self, name: str, town: Town, journal: Journal, dice: random.Random, http: aiohttp.ClientSession
    ) -> None:
        self.name = name
        self.town = town
        self.journal = journal
        self.dice = dice
        self._http = http
        # How often it asks depends on what happens to it: which process it asks must not change what it does.
        self._way = random.Random(f"the way of {name}")

    def word(self) -> str:
        """A word nobody else writes, too far from every other to pass as a typo of it."""
        return "q" + "".join(self.dice.choices("abcdefghijklmnopqrstuvwxyz", k=17))

    async def ask(
        self, who: str | None, method: str, path: str, body: Any = None, *, version: int = 0, key: str = ""
    ) -> Answer:
        """Send one request to one of the processes that answer it. Never raises for what comes back."""
        process = self._way.choice(self.town.of(OWNERS[path.partition("?")[0].split("/")[2]]))
        headers = dict(self.town.people[who].headers) if who is not None else {}
        if version:
            headers["If-Match"] = f'"{version}"'
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with self._http.request(method, process.url + path, json=body, headers=headers) as answer:
                if answer.content_type.endswith("json"):
                    content = await answer.json()
                else:
                    content = await answer.text()
                return Answer(answer.status, content, "" if answer.status < 400 else str(content))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The one that refuses connections is not asked in a circle.
            await asyncio.sleep(0.05)
            return Answer(0, None, type(error).__name__)

    async def create(self, thing: Thing, who: str, path: str, body: dict[str, Any], *, to: str) -> bool:
        """Make it; asked for again with the same key while nobody knows whether it was."""
        self.journal.begin(thing)
        thing.owner = who
        thing.creation = Creation(who, path, body, f"key-{thing.word}")
        for _ in range(TRIES):
            outcome, _ = await self.create_again(thing, to=to)
            if outcome is not Outcome.UNKNOWN:
                return outcome is Outcome.ACCEPTED
        return False

    async def create_again(self, thing: Thing, *, to: str) -> tuple[Outcome, Answer]:
        """Send its creation, maybe once more."""
        made = thing.creation
        assert made is not None
        answer = await self.ask(made.who, "POST", made.path, made.body, key=made.key)
        if thing.possible != {NOTHING} and answer.outcome is Outcome.REFUSED:
            # An earlier one may have been done: this refusal (such as of a clock that is off) says nothing about it.
            answer = Answer(0, answer.body, f"refused after a try nobody knows of: {answer.status}")
        outcome = self.journal.note(thing, f"POST {made.path}", answer, to)
        if outcome is Outcome.ACCEPTED:
            if thing.id not in {None, answer.body["id"]}:
                self.journal.violation(thing, f"was made twice under one key: {thing.id} and {answer.body['id']}")
            thing.id, thing.version = answer.body["id"], answer.body.get("version", 0)
        return outcome, answer

    async def change(
        self, thing: Thing, who: str, method: str, path: str, body: Any = None, *, to: str, versioned: bool = True
    ) -> bool:
        """Ask for a change, once; whether the thing is in the state ``to`` now."""
        answer = await self.ask(who, method, path, body, version=thing.version if versioned else 0)
        outcome = self.journal.note(thing, f"{who}: {method} {path} {body or ''}", answer, to, versioned=versioned)
        if outcome is Outcome.ACCEPTED:
            if isinstance(answer.body, dict) and "version" in answer.body:
                thing.version = answer.body["version"]
            return True
        if outcome is Outcome.UNKNOWN:
            await self.settle(thing)
        return thing.is_for_sure(to)

    async def settle(self, thing: Thing, tries: int = TRIES) -> bool:
        """Ask its owner what it is, until it answers; whether it did."""
        for _ in range(tries):
            answer = await self.ask(reader_of(thing), "GET", place_of(thing))
            state = observed(thing, answer)
            if state is not None:
                self.journal.saw(thing, state)
                if isinstance(answer.body, dict):
                    thing.version = answer.body.get("version", thing.version)
                return True
        return False

    def either(self, probability: float) -> bool:
        """A throw of the dice."""
        return self.dice.random() < probability

    def one_of(self, things: list[Thing], fits: Callable[[Thing], bool]) -> Thing | None:
        """One of those that fit, or None. It is chosen by the dice, whatever else is going on."""
        at = self.dice.random()
        fitting = [thing for thing in things if thing.id is not None and fits(thing)]
        return fitting[int(at * len(fitting))] if fitting else None
