"""HTTP of themes and territories. Everybody reads them; editors and admins change them."""

from __future__ import annotations

from typing import Annotated

from fastapi import BackgroundTasks, Response, status

from services.contributions.commands import merging
from services.contributions.commands import taxonomy as commands
from services.contributions.mover import mover_of
from services.contributions.policy import EDITORS
from services.contributions.problems import CODE_TAKEN, ID_TAKEN
from services.contributions.queries import taxonomy as queries
from services.contributions.schemas.taxonomy import (
    MergeIn,
    TerritoriesOut,
    TerritoryEditIn,
    TerritoryIn,
    TerritoryOut,
    ThemeEditIn,
    ThemeIn,
    ThemeOut,
    ThemesOut,
)
from shared.auth.principal import Principal
from shared.http.access import Anyone, having
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.problems import GONE
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

Editor = Annotated[Principal, having(*EDITORS)]


@router.get("/api/themes")
async def themes(_: Anyone, session: Session) -> ThemesOut:
    """All themes, and where merged ones went."""
    return await queries.themes(session)


@router.post("/api/themes", status_code=status.HTTP_201_CREATED)
@failing(ID_TAKEN)
async def add_theme(new: ThemeIn, _: Editor, session: Session, response: Response) -> ThemeOut:
    """A new theme."""
    added = await commands.add_theme(session, new)
    response.headers["Location"] = f"/api/themes/{added.id}"
    return ThemeOut.model_validate(added.model_dump())


@router.get("/api/themes/{id}")
@failing(GONE)
async def theme(id: str, _: Anyone, session: Session) -> ThemeOut:
    """One theme; 410 with ``moved_to`` once it was merged into another."""
    return await queries.theme(session, id)


@router.patch("/api/themes/{id}")
@failing(GONE)
async def edit_theme(id: str, changes: ThemeEditIn, _: Editor, expected: IfMatch, session: Session) -> ThemeOut:
    """Rename or describe; what is not named stays."""
    return ThemeOut.model_validate((await commands.edit_theme(session, id, expected, changes)).model_dump())


@router.post("/api/themes/{id}/merge")
@failing(GONE)
async def merge_theme(
    id: str,
    asked: MergeIn,
    _: Editor,
    expected: IfMatch,
    session: Session,
    resources: Resources,
    background: BackgroundTasks,
) -> ThemeOut:
    """Retire it in favour of another one, which is answered. Its contributions follow within moments."""
    target = await merging.merge_theme(session, id, expected, asked.into)
    background.add_task(mover_of(resources).wake)
    return ThemeOut.model_validate(target.model_dump())


@router.get("/api/territories")
async def territories(_: Anyone, session: Session) -> TerritoriesOut:
    """All territories, and where merged ones went."""
    return await queries.territories(session)


@router.post("/api/territories", status_code=status.HTTP_201_CREATED)
@failing(ID_TAKEN, CODE_TAKEN)
async def add_territory(new: TerritoryIn, _: Editor, session: Session, response: Response) -> TerritoryOut:
    """A new territory."""
    added = await commands.add_territory(session, new)
    response.headers["Location"] = f"/api/territories/{added.id}"
    return TerritoryOut.model_validate(added.model_dump())


@router.get("/api/territories/{id}")
@failing(GONE)
async def territory(id: str, _: Anyone, session: Session) -> TerritoryOut:
    """One territory; 410 with ``moved_to`` once it was merged into another."""
    return await queries.territory(session, id)


@router.patch("/api/territories/{id}")
@failing(GONE, CODE_TAKEN)
async def edit_territory(
    id: str, changes: TerritoryEditIn, _: Editor, expected: IfMatch, session: Session
) -> TerritoryOut:
    """Rename, describe, move or code; what is not named stays."""
    return TerritoryOut.model_validate((await commands.edit_territory(session, id, expected, changes)).model_dump())


@router.post("/api/territories/{id}/merge")
@failing(GONE)
async def merge_territory(
    id: str,
    asked: MergeIn,
    _: Editor,
    expected: IfMatch,
    session: Session,
    resources: Resources,
    background: BackgroundTasks,
) -> TerritoryOut:
    """Retire it in favour of another one, which takes what lay in it and is answered."""
    target = await merging.merge_territory(session, id, expected, asked.into)
    background.add_task(mover_of(resources).wake)
    return TerritoryOut.model_validate(target.model_dump())
