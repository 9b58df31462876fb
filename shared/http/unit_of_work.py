"""One commit point: a request is one transaction, committed once after the command returned and *before* the
response is sent.

Only the alias `Session` may be used (an architecture test sees to it): without ``scope="function"`` a failed
commit would be answered 200, and a bare ``Depends(unit_of_work)`` beside it would open a second session.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.http import idempotency
from shared.http.access import bearer
from shared.runtime.resources import resources_of

SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing (RFC 9110, 9.2.1): nothing is to be committed."""


async def unit_of_work(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's session. Raises `idempotency.Replay` when its Idempotency-Key was answered before."""
    database = resources_of(request).database
    async with database.reading() if request.method in SAFE else database.transaction() as session:
        request.state.session = session
        await idempotency.begin(session, request, await bearer(request))
        yield session


Session = Annotated[AsyncSession, Depends(unit_of_work, scope="function")]


def opens_session(call: object) -> bool:
    """Whether a dependency is the one behind `Session`."""
    return call is unit_of_work
