"""People who write and publish through HTTP, as the sample's expert and editor."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from services.identity.sample import PASSWORD
from shared.clients.identity import IdentityClient
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


class Writers:
    """An expert who writes and an editor who publishes."""

    def __init__(self, http: aiohttp.ClientSession, expert: str, editor: str) -> None:
        self._http = http
        self._expert, self._editor = ({"Authorization": f"Bearer {token}"} for token in (expert, editor))

    async def create(self, word: str) -> Any:
        """A draft of some 2 kB that holds ``word``."""
        draft = {
            "kind": "study",
            "title": f"Étude {word} d’un quartier",
            "summary": "Ce que la ville gagne à mesurer autrement le temps qu’on y passe.",
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

    async def finds(self, word: str) -> bool:
        """Whether search finds the word."""
        async with self._http.get("/api/search", params={"q": word, "limit": 1}) as response:
            if response.status != 200:
                raise Refused(f"search: {response.status} {await response.text()}")
            return bool((await response.json())["total"] == 1)

    async def _move(self, contribution: Any, action: str, who: dict[str, str]) -> Any:
        path = f"/api/contributions/{contribution['id']}/transitions"
        return await self._send(path, {"action": action}, who | {"If-Match": f'"{contribution["version"]}"'})

    async def _send(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        async with self._http.post(path, json=body, headers=headers) as response:
            if response.status >= 300:
                raise Refused(f"{path}: {response.status} {await response.text()}")
            return await response.json()


@asynccontextmanager
async def writers(port: int) -> AsyncIterator[Writers]:
    """Both, signed in. Raises Refused."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        tokens = []
        for email in (EXPERT, EDITOR):
            body = {"email": email, "password": PASSWORD}
            async with http.post("/api/identity/sessions", json=body) as response:
                if response.status != 200:
                    raise Refused(f"sign in: {response.status} {await response.text()}")
                tokens.append((await response.json())["access_token"])
        yield Writers(http, *tokens)


async def signed_in(bench: Bench, role: str) -> str:
    """The access token of the sample account of a role, good for a few minutes."""
    account = next(one for one in DataFolder(bench.data).sample_accounts if one.role == role)
    async with IdentityClient(f"http://127.0.0.1:{bench.platform.port}") as identity:
        return (await identity.sign_in(account.email, account.password)).access_token
