"""Asking the other provider, from server to server: bounded in time and size, and led nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

DEADLINE = 10.0
"""Seconds an answer may take."""
LARGEST_ANSWER = 512 * 1024
"""Bytes."""


class ProviderAway(Exception):
    """The other provider does not answer, or answers what nobody can use; the text says why, without secrets."""


@dataclass(frozen=True)
class Said:
    """What it answered."""

    status: int
    media_type: str
    body: bytes

    def json(self) -> Mapping[str, Any]:
        """The object of a JSON answer. Raises ProviderAway."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ProviderAway(f"it answered {self.status} with something that is no JSON object")
        return found


async def ask(
    method: str, address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Said:
    """The answer, whatever its status. Redirections are not followed. Raises ProviderAway."""
    sent = {"Accept": "application/json, application/jwt;q=0.5", **(headers or {})}
    timeout = aiohttp.ClientTimeout(total=DEADLINE, connect=5.0)
    try:
        # A session for each: we ask seldom, and nothing is kept open for a provider that may go away.
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, address, data=form, headers=sent, allow_redirects=False) as response,
        ):
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST_ANSWER:
                    raise ProviderAway("its answer is too long")
            return Said(response.status, response.content_type, bytes(body))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise ProviderAway(type(error).__name__ + (f": {error}" if str(error) else "")) from error
