"""Contribution → debate → argument → reply, end to end: real commands, heard with every topic at a lag of its own.

At any lag, nothing is answered whose hiding, or that of anything above it, was heard. When all was heard and shown,
what is found is exactly what the owner shows, in hits, counts and lists.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.contributions.commands.taxonomy import define_the_usual
from services.contributions.service import SERVICE as CONTRIBUTIONS
from shared.auth.principal import Role
from shared.contracts.base import Shown
from shared.contracts.contributions import CONTRIBUTIONS as TEXTS
from shared.contracts.debates import ARGUMENTS, DEBATES
from shared.messaging.envelope import Incoming, open_envelope
from shared.messaging.log import Partition, Received
from shared.projection import projection
from shared.storage.identifiers import new_id
from tests.services.contributions.debating import argue, moderate, move_debate, open_debate
from tests.services.contributions.writing import move, publish
from tests.services.search.city import City, city
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving

TOPICS = (TEXTS.name, DEBATES.name, ARGUMENTS.name)

_TOLD = text("""
    SELECT seq, topic, key, headers, payload FROM outbox WHERE topic = ANY(:topics) AND seq > :after ORDER BY seq
""")


@dataclass
class House:
    """The owner, who tells, and search, which hears it some time."""

    owner: ServiceUnderTest
    city: City
    last: int = 0


@pytest.fixture
async def house(server: TestServer, tmp_path: Path) -> AsyncIterator[House]:
    async with serving(server, CONTRIBUTIONS) as owner, city(server, tmp_path) as search:
        async with owner.database.transaction() as session:
            await define_the_usual(session)
        yield House(owner, search)


@dataclass
class Play:
    """One history."""

    house: House
    word: str
    log: dict[str, list[Received]] = field(default_factory=lambda: {topic: [] for topic in TOPICS})
    read: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOPICS, 0))
    heard: dict[str, Incoming] = field(default_factory=dict)
    arguments: list[dict[str, Any]] = field(default_factory=list)
    study: dict[str, Any] = field(default_factory=dict)
    debate: dict[str, Any] = field(default_factory=dict)

    async def begins(self) -> None:
        owner = self.house.owner
        owner.resources.own.clear()
        self.author = owner.someone(Role.EXPERT)
        self.people = {role: owner.someone(role) for role in Role}
        self.study = await publish(owner, self.author, title=f"Étude {self.word}")
        self.debate = await open_debate(
            owner, self.author, question=f"Débat {self.word} ?", contribution=self.study["id"]
        )
        for _ in range(2):
            self.arguments.append(await self.argue())
        self.arguments.append(await self.argue(self.arguments[0]["id"]))
        await self.collect()

    async def argue(self, answers: str | None = None) -> dict[str, Any]:
        body = f"Argument {self.word} {len(self.arguments)}"
        return await argue(self.house.owner, self.debate, self.people[Role.CITIZEN], body, "for", answers)

    async def collect(self) -> None:
        """What the owner has told since."""
        async with self.house.owner.database.transaction() as session:
            rows = (await session.execute(_TOLD, {"topics": list(TOPICS), "after": self.house.last})).all()
        for row in rows:
            self.house.last = row.seq
            headers = tuple((name, str(value).encode()) for name, value in row.headers.items())
            log = self.log[row.topic]
            log.append(Received(Partition(row.topic, 0), row.seq, row.key, bytes(row.payload), headers))

    async def act(self, action: str, number: int) -> None:
        owner, chosen = self.house.owner, self.arguments[number % len(self.arguments)]
        match action:
            case "argue" | "reply":
                path = f"/api/debates/{self.debate['id']}/arguments"
                said = {"body": f"Argument {self.word} {len(self.arguments)}"}
                said |= {"position": "nuance"} if action == "argue" else {"answers": chosen["id"]}
                answer = await owner.http.post(path, json=said, headers=self.people[Role.PARTNER])
                if answer.status_code == 201:
                    self.arguments.append(answer.json())
            case "hide" | "restore":
                await moderate(owner, chosen, action, self.people[Role.MODERATOR])
            case "take_back":
                headers = {**self.people[Role.CITIZEN], "If-Match": "*"}
                await owner.http.delete(f"/api/arguments/{chosen['id']}", headers=headers)
            case "withdraw":
                await move(owner, self.author, self.study, "withdraw", "Une erreur de mesure.")
            case "withdraw debate":
                await move_debate(owner, self.author, self.debate, "withdraw", "Mal posée.")
            case "hear":
                await self.hear(TOPICS[number % 3], 1 + number // 3)
            case "again":
                topic = TOPICS[number % 3]
                self.read[topic] = max(0, self.read[topic] - 1 - number // 3)
            case "show":
                await self.house.city.projector.show_dirt()
        await self.collect()

    async def hear(self, topic: str, many: int) -> None:
        start = self.read[topic]
        records = self.log[topic][start : start + many]
        self.read[topic] += len(records)
        if records:
            await self.house.city.takes(*records)
        for record in records:
            message = open_envelope(record)
            key = message.contract.key(message.contract.id)
            if key not in self.heard or message.age > self.heard[key].age:
                self.heard[key] = message

    def may_be_shown(self, key: str) -> bool:
        """By what was heard."""
        message = self.heard.get(key)
        if message is None or not isinstance(message.contract, Shown):
            return False
        parent = message.contract.parent()
        return parent is None or self.may_be_shown(parent)

    async def hits(self) -> set[str]:
        found = await self.house.city.search(f'"{self.word}"', limit=100)
        suggested = await self.house.city.get("/api/search/suggest", q=self.word)
        # Typos are forgiven in suggestions: those of other histories are not this one's.
        own = {self.study["id"], self.debate["id"], *(one["id"] for one in self.arguments)}
        return {f"{one['type']}:{one['id']}" for one in (*found["hits"], *suggested["items"]) if one["id"] in own}

    async def check(self) -> None:
        leaked = {key for key in await self.hits() if not self.may_be_shown(key)}
        assert not leaked, f"{sorted(leaked)} must not be seen"

    async def ends(self) -> None:
        """All was heard and shown: what is found is what the owner shows."""
        for topic in TOPICS:
            await self.hear(topic, 1000)
            await self.check()
        await self.house.city.settles()
        shown = await self.shown()
        assert await self.hits() == shown
        found = await self.house.city.search(f'"{self.word}"', limit=100)
        assert found["total"] == len(shown)
        counted = {one["value"]: one["count"] for one in found["facets"]["type"]}
        kinds = ("contribution", "debate", "argument")
        assert counted == {k: n for k in kinds if (n := len([one for one in shown if one.startswith(f"{k}:")]))}
        listed = await self.house.owner.http.get(f"/api/debates?contribution={self.study['id']}")
        ids = {f"debate:{one['id']}" for one in listed.json()["items"]}
        assert ids == {key for key in shown if key.startswith("debate:")}

    async def shown(self) -> set[str]:
        """What the owner answers to anybody."""
        http, keys = self.house.owner.http, set()
        for key, path in (
            (f"contribution:{self.study['id']}", f"/api/contributions/{self.study['id']}"),
            (f"debate:{self.debate['id']}", f"/api/debates/{self.debate['id']}"),
            *((f"argument:{one['id']}", f"/api/arguments/{one['id']}") for one in self.arguments),
        ):
            answer = await http.get(path)
            if answer.status_code == 200 and answer.json().get("state") != "hidden":
                keys.add(key)
        return keys


_ACTIONS = ("argue", "reply", "hide", "hide", "restore", "take_back", "hear", "hear", "hear", "again", "show", "show")
_rare = st.sampled_from(("withdraw", "withdraw debate"))
_steps = st.lists(
    st.tuples(st.sampled_from(_ACTIONS) | _rare, st.integers(0, 11)),
    min_size=5,
    max_size=16,
)


async def _new(house: House) -> Play:
    play = Play(house, "mot" + "".join(chr(ord("a") + int(digit, 16)) for digit in new_id().hex[-12:]))
    await play.begins()
    return play


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    # A history takes seconds: one that fails is shown as it is.
    phases=[Phase.explicit, Phase.generate],
)
@given(steps=_steps)
async def test_nothing_hidden_is_found_at_any_lag_and_all_visible_at_none(
    house: House, steps: list[tuple[str, int]]
) -> None:
    play = await _new(house)
    for action, number in steps:
        await play.act(action, number)
        await play.check()
    await play.ends()


async def _withdrawn_and_heard_of_that_alone(house: House) -> Play:
    play = await _new(house)
    await play.ends()
    await play.act("withdraw", 0)
    await play.hear(TEXTS.name, 1000)
    return play


async def test_one_message_hides_all_below(house: House) -> None:
    play = await _withdrawn_and_heard_of_that_alone(house)
    assert await play.hits() == set()


async def test_control_without_the_rule_of_ancestors_debate_and_arguments_leak(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    itself = text("SELECT id AS leaf FROM document WHERE id = ANY(CAST(:ids AS text[])) AND visible")
    play = await _withdrawn_and_heard_of_that_alone(house)
    monkeypatch.setattr(projection, "_SHOWN", itself)
    with pytest.raises(AssertionError, match="must not be seen"):
        await play.check()
