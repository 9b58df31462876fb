"""Pictures of people: sent by themselves, seen by everybody."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response

from services.identity import pictures, queries
from services.identity.commands import pictures as commands
from services.identity.schemas import AccountAnswer
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import INVALID, NOT_FOUND, TOO_LARGE, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

KEPT = 24 * 3600
"""Seconds anybody may keep a picture. Its address never shows another one, but it may be erased."""

_UPLOAD = {
    "requestBody": {
        "required": True,
        "description": f"A JPEG, PNG or WebP image, at most {pictures.LARGEST:,} bytes",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_SEEN: dict[int | str, dict[str, Any]] = {200: {"description": "The picture", "content": {pictures.MEDIA_TYPE: {}}}}


@router.put(
    "/api/identity/me/picture",
    openapi_extra=_UPLOAD,
    dependencies=[limited("pictures", 20, 60)],
)
@failing(NOT_FOUND, INVALID, TOO_LARGE)
async def show_picture(request: Request, resources: Resources, actor: SignedIn) -> AccountAnswer:
    """Show oneself by a picture. What is kept is a square image of our own making, without what came along."""
    # Not the request's `Session`: decoding must not hold a database connection.
    upload = await request.body()
    try:
        content = await resources.cpu.run(pictures.square, upload)
    except pictures.NotAPicture as error:
        raise Problem(INVALID, str(error), errors=[("picture", str(error))]) from None
    async with resources.database.transaction() as session:
        account = await commands.show(session, actor.id, content)
        return AccountAnswer.of(await queries.view(session, account))


@router.delete("/api/identity/me/picture")
@failing(NOT_FOUND)
async def take_picture_away(session: Session, actor: SignedIn) -> AccountAnswer:
    """Show oneself without a picture."""
    return AccountAnswer.of(await queries.view(session, await commands.take_away(session, actor.id)))


@router.get("/api/identity/people/{id}/picture/{digest}", response_class=Response, responses=_SEEN)
@failing(NOT_FOUND)
async def picture(
    session: Session,
    _: Anyone,
    person_id: Annotated[UUID, Path(alias="id")],
    digest: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
) -> Response:
    """Somebody's picture. Another one has another address."""
    content = await queries.picture(session, person_id, digest)
    if content is None:
        raise Problem(NOT_FOUND, "There is no such picture.")
    headers = {"Cache-Control": f"public, max-age={KEPT}, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=pictures.MEDIA_TYPE, headers=headers)
