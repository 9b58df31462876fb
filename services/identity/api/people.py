"""How people are named, for everybody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from services.identity import queries
from services.identity.schemas import PeopleAnswer, PersonAnswer, ProfileAnswer
from shared.http.access import Anyone
from shared.http.documentation import failing
from shared.http.problems import NOT_FOUND, Problem
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

Ids = Annotated[list[UUID], Query(alias="id", max_length=100, description="Ids of people, at most 100")]
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
