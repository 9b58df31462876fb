"""Routes: one for every way in which a request ends."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth.principal import Role
from shared.http.access import Anyone, SignedIn, having
from shared.http.paging import CursorText, Limit, bad_cursor, decode, encode, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, NOT_FOUND, Problem
from shared.http.rate_limits import limited
from shared.http.route import VersionedAnswer, service_router
from shared.http.unit_of_work import Session, unit_of_work
from shared.messaging.outbox import tell
from shared.storage.locks import lock
from tests.messaging.bulletin import commands
from tests.messaging.bulletin.contracts import BulletinPosted
from tests.messaging.bulletin.tables import Bulletin

router = service_router()

CommittedTooLate = Annotated[AsyncSession, Depends(unit_of_work)]
"""The mistake the alias `Session` prevents: it commits after the response was sent."""


class BulletinIn(BaseModel):
    """A new bulletin."""

    title: str
    slug: str | None = None
    pages: int = 1
    place: int | None = None
    body: str = ""


class BulletinOut(VersionedAnswer):
    """A bulletin."""

    id: UUID
    title: str


class PageOut(BaseModel):
    """A page of titles."""

    items: list[str]
    next: str | None


def _new(asked: BulletinIn) -> Bulletin:
    return Bulletin(title=asked.title, slug=asked.slug, pages=asked.pages, place=asked.place)


def _out(bulletin: Bulletin) -> BulletinOut:
    return BulletinOut(id=bulletin.id, title=bulletin.title, version=bulletin.version)


@router.post("/api/bulletins", status_code=status.HTTP_201_CREATED)
async def create(asked: BulletinIn, _: SignedIn, session: Session, response: Response) -> BulletinOut:
    """The right way."""
    made = await commands.post(session, _new(asked))
    response.headers["Location"] = f"/api/bulletins/{made.id}"
    return _out(made)


@router.post("/api/bulletins/too-late")
async def create_too_late(asked: BulletinIn, _: SignedIn, session: CommittedTooLate) -> BulletinOut:
    """The same on a session that commits after the response."""
    return _out(await commands.post(session, _new(asked)))


@router.post("/api/bulletins/raised")
async def create_and_raise(asked: BulletinIn, _: SignedIn, session: Session) -> BulletinOut:
    """Changes, then raises a problem."""
    await commands.post(session, _new(asked))
    raise Problem(CONFLICT, "raised after the change")


@router.post("/api/bulletins/returned", response_model=None)
async def create_and_return(asked: BulletinIn, _: SignedIn, session: Session) -> Response:
    """Changes, then returns an error: the mistake."""
    await commands.post(session, _new(asked))
    return JSONResponse({"detail": "returned after the change"}, status_code=409)


@router.post("/api/bulletins/long")
async def create_long(asked: BulletinIn, _: SignedIn, session: Session) -> BulletinOut:
    """Tells the whole body."""
    bulletin = _new(asked)
    session.add(bulletin)
    await session.flush()
    await tell(session, bulletin, BulletinPosted(id=str(bulletin.id), title=asked.title, body=asked.body))
    return _out(bulletin)


@router.get("/api/bulletins")
async def page(
    _: Anyone,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 2,
) -> PageOut:
    """Titles by id."""
    place = decode(cursor, 1)
    query = select(Bulletin.id, Bulletin.title).order_by(Bulletin.id).limit(limit + 1)  # type: ignore[call-overload]
    if place is not None:
        try:
            query = query.where(Bulletin.id > UUID(place[0]))
        except (ValueError, TypeError, AttributeError):
            raise bad_cursor() from None
    rows = (await session.execute(query)).all()
    more = encode([str(rows[limit - 1].id)]) if len(rows) > limit else None
    link_next(request, response, more)
    return PageOut(items=[row.title for row in rows[:limit]], next=more)


@router.get("/api/bulletins/limited", dependencies=[limited("bulletins", 3, 60)])
async def rarely(_: Anyone) -> dict[str, str]:
    """At most three at once."""
    return {"said": "yes"}


@router.get("/api/bulletins/broken")
async def broken(_: Anyone) -> None:
    """A mistake of ours."""
    raise RuntimeError("the text of this error is nobody's business")


@router.get("/api/bulletins/editors")
async def editors(_: Annotated[object, having(Role.EDITOR, Role.ADMIN)]) -> dict[str, str]:
    """Only for some."""
    return {"said": "yes"}


@router.get("/api/bulletins/{id}")
async def read(id: UUID, _: Anyone, session: Session) -> BulletinOut:
    """One of them."""
    found = await session.get(Bulletin, id)
    if found is None:
        raise Problem(NOT_FOUND, f"There is no bulletin {id}.")
    return _out(found)


@router.patch("/api/bulletins/{id}")
async def edit(id: UUID, asked: BulletinIn, _: SignedIn, expected: IfMatch, session: Session) -> BulletinOut:
    """Change the title."""
    bulletin = await lock(session, Bulletin, id)
    if bulletin is None:
        raise Problem(NOT_FOUND, f"There is no bulletin {id}.")
    expected.check(bulletin.version)
    return _out(await commands.retitle(session, id, asked.title))
