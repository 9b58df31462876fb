"""People who write and publish through HTTP, as the sample's expert and editor."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.identity.sample import PASSWORD
from shared.clients.identity import IdentityClient
from shared.http.paging import LARGEST_PAGE
from shared.runtime.data_folder import DataFolder
from tests.bench.bench import Bench

EXPERT = "experte@demain.example"
EDITOR = "editrice@demain.example"

_PROSE = (
    "La ville de demain se mesure à ceux qui la traversent à pied. "
    "On y compte les bancs, les arbres et les fontaines, et l’on demande aux habitants ce qu’ils en font. "
)


class Refused(Exception):
    """The platform did not accept what it should."""


def unlike_any_word() -> str:
    """A word nobody has written; so far from all others that no typo leads to it."""
    return "".join(random.choice("bcdfghjklmnpqrstvwxz") + random.choice("aeiou") for _ in range(8))


@dataclass(frozen=True)
class Ports:
    """Where the services answer that writers ask."""

    identity: int
    contributions: int
    search: int

    @classmethod
    def of_one(cls, port: int) -> Ports:
        """Of a platform in one process."""
        return cls(port, port, port)


class Writers:
    """An expert who writes and an editor who publishes."""

    def __init__(self, http: aiohttp.ClientSession, ports: Ports, expert: str, editor: str) -> None:
        self._http = http
        self._contributions = f"http://127.0.0.1:{ports.contributions}"
        self._search = f"http://127.0.0.1:{ports.search}/api/search"
        self._expert, self._editor = ({"Authorization": f"Bearer {token}"} for token in (expert, editor))

    async def create(self, word: str, series: str = "") -> Any:
        """A draft of some 2 kB with ``word`` in its title, and ``series`` below, which others have too."""
        draft = {
            "kind": "study",
            "title": f"Étude {word} d’un quartier",
            "summary": f"Ce que la ville gagne à mesurer autrement le temps qu’on y passe. {series}",
            "body": "\n\n".join(["## Constat", _PROSE * 4, "## Proposition", _PROSE * 4]),
            "themes": ["mobility"],
        }
        return await self._send("/api/contributions", draft, self._expert)

    async def submit(self, contribution: Any) -> Any:
        """Hand it to the editors."""
        return await self._move(contribution, "submit", self._expert)

    async def publish(self, contribution: Any) -> Any:
        """Publish it."""
        return await self._move(contribution, "publish", self._editor)

    async def newest(self, series: str, most: int) -> list[str]:
        """The titles of the newest of a series that search finds."""
        asked = {"q": series, "sort": "newest", "limit": min(most, LARGEST_PAGE)}
        async with self._http.get(self._search, params=asked) as response:
            if response.status != 200:
                raise Refused(f"search: {response.status} {await response.text()}")
            return [hit["title"] for hit in (await response.json())["hits"]]

    async def _move(self, contribution: Any, action: str, who: dict[str, str]) -> Any:
        path = f"/api/contributions/{contribution['id']}/transitions"
        return await self._send(path, {"action": action}, who | {"If-Match": f'"{contribution["version"]}"'})

    async def _send(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        async with self._http.post(self._contributions + path, json=body, headers=headers) as response:
            if response.status >= 300:
                raise Refused(f"{path}: {response.status} {await response.text()}")
            return await response.json()


class Citizens:
    """Everybody of the sample, in turn."""

    def __init__(self, http: aiohttp.ClientSession, tokens: Sequence[str], debate: str, forum: str) -> None:
        self._http = http
        self._who = [{"Authorization": f"Bearer {token}"} for token in tokens]
        self._arguments = f"/api/debates/{debate}/arguments"
        self._registrations = f"/api/forums/{forum}/registrations"

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self._who)

    async def argue(self, number: int) -> None:
        """An argument of some 300 bytes."""
        said = {"body": _PROSE, "position": ("for", "against", "nuance")[number % 3]}
        await self._ask("POST", self._arguments, number, said)

    async def register(self, number: int) -> None:
        """Take a place, or give back the one taken the last time."""
        round_ = number // len(self._who)
        await self._ask("DELETE" if round_ % 2 else "POST", self._registrations, number)

    async def _ask(self, method: str, path: str, number: int, body: Any = None) -> None:
        who = self._who[number % len(self._who)]
        async with self._http.request(method, path, json=body, headers=who) as response:
            if response.status >= 300:
                raise Refused(f"{path}: {response.status} {await response.text()}")


@asynccontextmanager
async def citizens(bench: Bench) -> AsyncIterator[Citizens]:
    """All sample accounts, signed in, with an open debate and a forum to come. Raises Refused."""
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{bench.platform.port}") as http,
        IdentityClient(f"http://127.0.0.1:{bench.platform.port}") as identity,
    ):
        accounts = DataFolder(bench.data).sample_accounts
        tokens = [(await identity.sign_in(one.email, one.password)).access_token for one in accounts]
        found = []
        for path in ("/api/debates?phase=open&limit=1", "/api/forums?limit=1"):
            async with http.get(path) as response:
                found.append((await response.json())["items"][0]["id"])
        yield Citizens(http, tokens, *found)


@asynccontextmanager
async def writers(ports: Ports) -> AsyncIterator[Writers]:
    """Both, signed in. Raises Refused."""
    async with aiohttp.ClientSession() as http:
        tokens = []
        for email in (EXPERT, EDITOR):
            body = {"email": email, "password": PASSWORD}
            async with http.post(f"http://127.0.0.1:{ports.identity}/api/identity/sessions", json=body) as response:
                if response.status != 200:
                    raise Refused(f"sign in: {response.status} {await response.text()}")
                tokens.append((await response.json())["access_token"])
        yield Writers(http, ports, *tokens)


async def signed_in(bench: Bench, role: str) -> str:
    """The access token of the sample account of a role, good for a few minutes."""
    account = next(one for one in DataFolder(bench.data).sample_accounts if one.role == role)
    async with IdentityClient(f"http://127.0.0.1:{bench.platform.port}") as identity:
        return (await identity.sign_in(account.email, account.password)).access_token
