"""People who write, submit and publish without a pause, and remember what they were told."""

from __future__ import annotations

import asyncio
import random
import string
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "une longue phrase de passe"


def new_word() -> str:
    """A word that no other contribution has, too far from every other to pass as a typo of it."""
    return "q" + "".join(random.choices(string.ascii_lowercase, k=17))


@dataclass
class Attempt:
    """One contribution, as far as the client knows."""

    word: str
    id: str | None = None
    """Known once its creation was answered 201."""
    submitted: bool = False
    published: bool = False
    """Its publication was answered 200."""
    edited: bool = False
    """A later edit of it was answered 200."""

    @property
    def key(self) -> str:
        """The Idempotency-Key of its creation."""
        return f"key-{self.word}"

    @property
    def draft(self) -> dict[str, Any]:
        """What its creation sends."""
        return {
            "kind": "note",
            "title": f"Tram {self.word}",
            "summary": "En bref.",
            "body": f"Le texte de {self.word}.",
            "themes": ["mobility"],
        }


@dataclass
class Stream:
    """What all writers were told, over all lives of the platform."""

    url: str
    attempts: list[Attempt] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    async def sign_up(self, *emails: str) -> None:
        """Open accounts; `demain grant` verifies them."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            for email in emails:
                answer = await http.post(
                    "/api/identity/accounts",
                    json={"email": email, "password": PASSWORD, "display_name": email.partition("@")[0].title()},
                )
                assert answer.status_code == 202, answer.text

    async def sign_in(self, *emails: str) -> None:
        """Take fresh tokens."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            for email in emails:
                answer = await http.post("/api/identity/sessions", json={"email": email, "password": PASSWORD})
                assert answer.status_code < 300, answer.text
                self.tokens[email.partition("@")[0]] = answer.json()["access_token"]

    def bearer(self, who: str) -> dict[str, str]:
        """Headers of somebody who signed in."""
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    @property
    def published(self) -> list[Attempt]:
        """What the client was told to be published."""
        return [one for one in self.attempts if one.published]

    async def write(self, writers: int) -> None:
        """Write on until the platform does not answer any more."""
        await asyncio.gather(*(self._one_writer() for _ in range(writers)))

    async def _one_writer(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as http:
            try:
                while True:
                    await self._one(http, Attempt(new_word()))
            except httpx.TransportError:
                return

    async def _one(self, http: httpx.AsyncClient, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        moved = await self.publish(http, attempt)
        edited = await http.patch(
            f"/api/contributions/{attempt.id}",
            json={"summary": "Plus court.", "reason": "Trop long."},
            headers={**self.bearer("editor"), "If-Match": moved.headers["etag"]},
        )
        assert edited.status_code == 200, edited.text
        attempt.edited = True

    async def publish(self, http: httpx.AsyncClient, attempt: Attempt) -> httpx.Response:
        """Have it written, submitted and published; the last answer."""
        created = await self.create(http, attempt)
        attempt.id = created.json()["id"]
        moved = await self._move(http, attempt, "expert", "submit", created.headers["etag"])
        attempt.submitted = True
        moved = await self._move(http, attempt, "editor", "publish", moved.headers["etag"])
        attempt.published = True
        return moved

    async def create(self, http: httpx.AsyncClient, attempt: Attempt) -> httpx.Response:
        """Create its contribution, or learn that it was."""
        created = await http.post(
            "/api/contributions", json=attempt.draft, headers={**self.bearer("expert"), "Idempotency-Key": attempt.key}
        )
        assert created.status_code == 201, created.text
        return created

    async def _move(
        self, http: httpx.AsyncClient, attempt: Attempt, who: str, action: str, etag: str
    ) -> httpx.Response:
        moved = await http.post(
            f"/api/contributions/{attempt.id}/transitions",
            json={"action": action},
            headers={**self.bearer(who), "If-Match": etag},
        )
        assert moved.status_code == 200, moved.text
        return moved
