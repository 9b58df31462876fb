"""Answering what a client asked for, once it is known who the person is: however they showed it."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.commands import authorizations
from services.identity.credentials import NOT_STORED
from services.identity.problems import REQUEST_OVER
from services.identity.provider.clients import client_of
from services.identity.provider.exchange import Answered
from services.identity.provider.server import Provider
from services.identity.provider.waiting import Waiting
from services.identity.tables import Account, AuthorizationRequest
from shared.http.problems import Problem
from shared.runtime.resources import Resources


class Onward(BaseModel):
    """Where the person's browser goes on."""

    location: str


async def waiting_of(resources: Resources, session: AsyncSession, id: str) -> Waiting:
    """What is asked for. Raises Problem 410 when it does not wait for an answer any more."""
    return await _of(resources, session, await authorizations.waiting(session, id))


async def answered(resources: Resources, session: AsyncSession, id: str) -> Waiting:
    """What is asked for, which is answered now. Raises Problem 410 when it was before."""
    return await _of(resources, session, await authorizations.answered(session, id))


async def answered_of(resources: Resources, session: AsyncSession, digest: bytes) -> Waiting:
    """The same by the digest of its id."""
    return await _of(resources, session, await authorizations.answered_of(session, digest))


async def _of(resources: Resources, session: AsyncSession, row: AuthorizationRequest | None) -> Waiting:
    client = await client_of(resources, session, row.client_id) if row is not None else None
    if row is None or client is None:
        raise over()
    return Waiting(row, client)


def over() -> Problem:
    """What is answered when a request does not wait any more."""
    return Problem(REQUEST_OVER, "It was answered, or waited too long. Begin again.", headers=NOT_STORED)


async def code_for(
    resources: Resources, session: AsyncSession, waiting: Waiting, account: Account, authenticated_at: datetime | None
) -> Answered:
    """The answer with a code for the person; ``authenticated_at`` is when they showed who they are, if not now."""
    provider = Provider(resources, session)
    at = authenticated_at or provider.authenticated_at
    return await provider.answering(lambda: provider.code_for(waiting.request, account, authenticated_at=at))


def onward(answer: Answered, response: Response) -> Onward:
    """Where the browser goes on with it, kept by nobody on its way."""
    if answer.location is None:
        # The client is not what it was when it asked.
        raise over()
    response.headers.update(NOT_STORED)
    return Onward(location=answer.location)
