"""``Idempotency-Key``: the same request twice is done once and answered alike.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ The key is kept per person and route,
in the transaction of what it did, for 24 hours. A second request that arrives while the first is under way
waits for it (on the row's lock) and gets its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth.principal import Principal
from shared.http.problems import BAD_REQUEST, KEY_REUSED, Problem
from shared.storage.tables import idempotent_request as requests

HEADER = "idempotency-key"
LONGEST = 200
KEPT = "interval '24 hours'"
_KEPT_HEADERS = frozenset({"content-type", "etag", "location", "link"})


class Replay(Exception):
    """The request was done before; holds its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


async def begin(session: AsyncSession, request: Request, principal: Principal | None) -> None:
    """Take the key of a POST, if it has one. Raises Replay, or Problem 422 for a key with another body."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST" or principal is None:
        return
    if not 1 <= len(key) <= LONGEST:
        raise Problem(BAD_REQUEST, f"Idempotency-Key: 1 to {LONGEST} characters, this one has {len(key)}.")
    place = {"person": str(principal.id), "route": request.url.path, "key": key}
    body_hash = hashlib.sha256(await request.body()).digest()
    await session.execute(
        delete(requests).where(
            *(requests.c[name] == value for name, value in place.items()),
            requests.c.created_at < func.now() - text(KEPT),
        )
    )
    taken = await session.execute(
        insert(requests).values(**place, body_hash=body_hash).on_conflict_do_nothing().returning(requests.c.key)
    )
    if taken.first() is None:
        found: Any = (
            await session.execute(select(requests).where(*(requests.c[n] == v for n, v in place.items())))
        ).one()
        if found.body_hash != body_hash:
            # Who lost the first answer learns what came of it, and can go on from there.
            made = {name: found.headers[name] for name in ("location", "etag") if name in (found.headers or {})}
            raise Problem(KEY_REUSED, "Use a new Idempotency-Key for a new request.", extra=made)
        raise Replay(Response(found.body, found.status, headers={**found.headers, "Idempotent-Replayed": "true"}))
    request.state.idempotent = place


async def keep(session: AsyncSession, request: Request, response: Response) -> None:
    """Keep the answer beside what it answers."""
    place = getattr(request.state, "idempotent", None)
    if place is None:
        return
    await session.execute(
        update(requests)
        .where(*(requests.c[name] == value for name, value in place.items()))
        .values(
            status=response.status_code,
            headers={n: v for n, v in response.headers.items() if n in _KEPT_HEADERS},
            body=bytes(response.body),
        )
    )


async def forget_old(session: AsyncSession) -> None:
    """Delete what is older than it is kept."""
    await session.execute(delete(requests).where(requests.c.created_at < func.now() - text(KEPT)))


async def forget_person(session: AsyncSession, ids: Sequence[str]) -> None:
    """Delete what people asked for, and every kept answer that names them: it holds their id beside their name."""
    if not ids:
        return
    await session.execute(
        text(
            "DELETE FROM idempotent_request USING unnest(CAST(:ids AS text[])) AS gone(id)"
            " WHERE person = gone.id OR position(convert_to(gone.id, 'UTF8') IN body) > 0"
        ),
        {"ids": list(ids)},
    )
