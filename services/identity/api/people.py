"""How people are named, for everybody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.identity import queries
from services.identity.schemas import PeopleAnswer, PeoplePage, PersonAnswer, ProfileAnswer
from shared.auth.principal import Principal, Role
from shared.http import paging
from shared.http.access import Anyone, having
from shared.http.documentation import failing
from shared.http.problems import NOT_FOUND, Problem
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

Ids = Annotated[list[UUID], Query(alias="id", max_length=100, description="Ids of people, at most 100")]
Editorial = Annotated[Principal, having(Role.EDITOR, Role.ADMIN)]
PersonId = Annotated[UUID, Path(alias="id")]


@router.get("/api/identity/people")
async def people(session: Session, _: Anyone, ids: Ids = []) -> PeopleAnswer:  # noqa: B006  (FastAPI copies it)
    """Names of people by id."""
    found = await queries.names(session, ids)
    return PeopleAnswer(items=[PersonAnswer(id=id, name=name) for id, name in found])


@router.get("/api/identity/people/{id}")
@failing(NOT_FOUND)
async def person(session: Session, _: Anyone, person_id: PersonId) -> ProfileAnswer:
    """A person's public profile."""
    found = await queries.person(session, person_id)
    if found is None:
        raise Problem(NOT_FOUND, "There is nobody of that id.")
    return ProfileAnswer.of(found)


@router.get("/api/identity/roles/{role}/people")
async def people_of_role(
    session: Session,
    _: Editorial,
    role: Role,
    request: Request,
    response: Response,
    limit: paging.Limit = 50,
    cursor: paging.CursorText = None,
) -> PeoplePage:
    """Who was given a role, for those who hand out work; nobody is given the one every account has."""
    found, after = await queries.people_of_role(session, role, after=_place(cursor), limit=limit)
    following = paging.encode([str(after)]) if after is not None else None
    paging.link_next(request, response, following)
    return PeoplePage(items=[PersonAnswer(id=id, name=name) for id, name in found], next=following)


def _place(cursor: str | None) -> UUID | None:
    place = paging.decode(cursor, 1)
    if place is None:
        return None
    try:
        return UUID(place[0])
    except (ValueError, AttributeError, TypeError):
        raise paging.bad_cursor() from None
