"""Where people answer what a client asks for: the site shows the pages, and brings the answers here.

The id of a request is a secret of 256 bits that the person's browser alone carries. As in `sign_ins`, these routes open
their transactions themselves: Argon2 must not hold a connection, and no ``Idempotency-Key`` is to keep a code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, Field

from services.identity import attempts, credentials
from services.identity.api.answering import Onward, answered, code_for, onward, waiting_of
from services.identity.commands.sign_ins import refuse_suspended, still_right
from services.identity.credentials import NOT_STORED
from services.identity.problems import REQUEST_OVER, SIGN_IN_AGAIN, SUSPENDED, UNVERIFIED, WRONG_CREDENTIALS
from services.identity.provider.server import Provider
from services.identity.schemas import Credentials, Sent
from services.identity.tables import Account
from shared.http import access
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import CONFLICT, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.storage.locks import lock

router = service_router()

RequestId = Annotated[str, Path(alias="id", max_length=100)]


class RequestAnswer(BaseModel):
    """What a client asks a person for."""

    client_id: str
    client_name: str
    is_site: bool = Field(description="Part of Demain: the person signs in; of others they are asked for consent")
    scopes: list[str]
    state: str | None = Field(description="The client's own word for it")
    returns_to: str = Field(description="Where the person is taken back")
    signed_in_since: datetime | None = Field(description="The person must have signed in after that instant")


class Decision(Sent):
    """Whether the client is given what it asks for."""

    granted: bool


@router.get("/api/identity/authorization-requests/{id}")
@failing(REQUEST_OVER)
async def read_request(request_id: RequestId, response: Response, resources: Resources, _: Anyone) -> RequestAnswer:
    """What is asked for, for the page that asks."""
    async with resources.database.reading() as session:
        waiting = await waiting_of(resources, session, request_id)
    response.headers.update(NOT_STORED)
    return RequestAnswer(
        client_id=waiting.client.id,
        client_name=waiting.client.name,
        is_site=waiting.client.is_site,
        scopes=waiting.scopes,
        state=waiting.parameters.get("state"),
        returns_to=waiting.parameters["redirect_uri"],
        signed_in_since=waiting.signed_in_since,
    )


@router.post("/api/identity/authorization-requests/{id}/sign-in", dependencies=[limited("sign-in", 60, 60)])
@failing(WRONG_CREDENTIALS, UNVERIFIED, SUSPENDED, REQUEST_OVER, CONFLICT)
async def sign_in(
    request_id: RequestId, body: Credentials, response: Response, resources: Resources, _: Anyone
) -> Onward:
    """Sign in to the site. The answer to a wrong pair is the same whether there is such an account or not."""
    async with resources.database.reading() as session:
        waiting = await waiting_of(resources, session, request_id)
    if not waiting.client.is_site:
        raise Problem(CONFLICT, "People give their password to the site alone; this client asks for a decision.")
    account, better_hash = await credentials.checked(resources, body.email, body.password.get_secret_value())
    async with resources.database.transaction() as session:
        waiting = await answered(resources, session, request_id)
        current = await still_right(session, account, better_hash=better_hash)
        if current is None:
            raise credentials.wrong_credentials()
        await refuse_suspended(session, current)
        await attempts.succeeded(session, current.email)
        answer = await code_for(resources, session, waiting, current, None)
    return onward(answer, response)


@router.post("/api/identity/authorization-requests/{id}/decision")
@failing(REQUEST_OVER, SIGN_IN_AGAIN, CONFLICT)
async def decide(
    request_id: RequestId, body: Decision, response: Response, resources: Resources, actor: access.SignedIn
) -> Onward:
    """Give another site's client what it asks for, or not."""
    async with resources.database.transaction() as session:
        waiting = await waiting_of(resources, session, request_id)
        if waiting.client.is_site:
            raise Problem(CONFLICT, "People sign in to the site with their password.")
        since = waiting.signed_in_since
        shown_at = actor.signed_in_at
        # Tokens count in seconds.
        if shown_at is None or (since is not None and int(shown_at.timestamp()) < int(since.timestamp())):
            raise Problem(SIGN_IN_AGAIN, "The client asks for a sign-in that is more recent.", headers=NOT_STORED)
        await answered(resources, session, request_id)
        if body.granted:
            account = await lock(session, Account, actor.id)
            if account is None or account.forgotten_at is not None:
                raise Problem(SIGN_IN_AGAIN, "There is no such account any more.", headers=NOT_STORED)
            answer = await code_for(resources, session, waiting, account, shown_at)
        else:
            provider = Provider(resources, session)
            answer = await provider.answering(lambda: provider.refused(waiting.request))
    return onward(answer, response)
