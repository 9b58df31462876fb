"""Contributions, and the steps of their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy, workflow
from services.contributions.queries.people import author_names, people_of
from services.contributions.schemas.contributions import (
    AddressesOut,
    AddressOut,
    AddressPartsOut,
    ContributionOut,
    PageOut,
    StepOut,
    StepsOut,
    SummaryOut,
)
from services.contributions.schemas.fields import PersonOut
from services.contributions.statements import url_of
from services.contributions.tables import Contribution, Step, Territory, Theme
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.tables import table_of, utc

C: Any = table_of(Contribution).c


_LISTED = (
    C.id, C.version, C.state, C.kind, C.language, C.title, C.summary, C.themes, C.territories, C.authors,
    C.reading_minutes, C.editor, C.due_on, C.updated_at, C.publish_at, C.published_at,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which contributions a list shows."""

    state: str = State.PUBLISHED
    """A state, or ``any``."""
    kind: str | None = None
    language: str | None = None
    theme: str | None = None
    territory: str | None = None
    author: UUID | None = None


async def read(session: AsyncSession, viewer: Principal | None, id: UUID) -> ContributionOut:
    """One contribution. Raises Problem 404, or 410 with the reason once it was withdrawn."""
    found = await session.get(Contribution, id)
    if found is None or not policy.may_read(viewer, State(found.state), found.authors):
        if found is not None and found.state == State.WITHDRAWN:
            raise gone(found)
        raise Problem(NOT_FOUND, f"There is no contribution {id}.")
    return await whole(session, viewer, found)


async def whole(session: AsyncSession, viewer: Principal | None, found: Contribution) -> ContributionOut:
    """A contribution as this viewer sees it."""
    inside = policy.may_discuss(viewer, State(found.state), found.authors)
    editor = found.editor if inside else None
    names = await author_names(session, {*found.authors, *([editor] if editor else [])})
    state = State(found.state)
    actions: list[str] = [str(action) for action in workflow.actions(state, policy.parts(viewer, found.authors))]
    if viewer is not None and policy.may_edit(viewer, state, found.authors):
        actions.insert(0, "edit")
    return ContributionOut(
        **found.model_dump(
            exclude={"authors", "editor", "due_on", "ordinal", "origin", "origin_hash", "text"},
        ),
        authors=people_of(found.authors, names),
        editor=PersonOut(id=editor, name=names.get(editor, "")) if editor else None,
        due_on=found.due_on if inside else None,
        url=url_of(found.id, found.title),
        actions=actions,
    )


async def page(
    session: AsyncSession, viewer: Principal | None, wanted: Wanted, cursor: str | None, limit: int
) -> PageOut:
    """A page of a list, newest first; only what the viewer may read. Two queries, however long it is."""
    by = C.published_at if wanted.state == State.PUBLISHED else C.updated_at
    query = select(*_LISTED).where(_readable(viewer), *_filters(wanted)).order_by(by.desc(), C.id.desc())
    rows = (await session.execute(_after(query, by, cursor).limit(limit + 1))).all()
    shown = rows[:limit]
    names = await author_names(session, {id for row in shown for id in (*row.authors, row.editor) if id})
    items = [
        SummaryOut(
            **{name: value for name, value in row._mapping.items() if name not in {"authors", "editor", "due_on"}},
            authors=people_of(row.authors, names),
            **_assignment(viewer, row, names),
            url=url_of(row.id, row.title),
        )
        for row in shown
    ]
    more = None
    if len(rows) > limit:
        last = shown[-1]
        more = paging.encode([getattr(last, by.name).isoformat(), str(last.id)])
    return PageOut(items=items, next=more)


async def addresses(session: AsyncSession, start: UUID | None, limit: int) -> AddressesOut:
    """Where published contributions are read, in the order of their ids, from ``start`` on."""
    query = select(C.id, C.title, C.updated_at).where(C.state == State.PUBLISHED).order_by(C.id).limit(limit + 1)
    rows = (await session.execute(query if start is None else query.where(C.id >= start))).all()
    return AddressesOut(
        items=[AddressOut(id=row.id, url=url_of(row.id, row.title), updated_at=row.updated_at) for row in rows[:limit]],
        next=rows[limit].id if len(rows) > limit else None,
    )


async def address_parts(session: AsyncSession, size: int) -> AddressPartsOut:
    """The first id of each ``size`` published contributions."""
    place = (func.row_number().over(order_by=C.id) - 1).label("place")
    numbered = select(C.id, place).where(C.state == State.PUBLISHED).subquery()
    query = select(numbered.c.id).where(numbered.c.place % size == 0).order_by(numbered.c.id)
    return AddressPartsOut(starts=list((await session.execute(query)).scalars()))


def _assignment(viewer: Principal | None, row: Any, names: dict[UUID, str]) -> dict[str, Any]:
    if not policy.may_discuss(viewer, State(row.state), row.authors):
        return {"editor": None, "due_on": None}
    editor = PersonOut(id=row.editor, name=names.get(row.editor, "")) if row.editor else None
    return {"editor": editor, "due_on": row.due_on}


def _readable(viewer: Principal | None) -> Any:
    allowed = [C.state == State.PUBLISHED]
    if viewer is not None:
        allowed.append(C.authors.contains([viewer.id]))
        if policy.is_editor(viewer):
            allowed.append(C.state != State.DRAFT)
    return or_(*allowed)


def _filters(wanted: Wanted) -> list[Any]:
    filters: list[Any] = []
    if wanted.state != "any":
        filters.append(C.state == wanted.state)
    if wanted.kind is not None:
        filters.append(C.kind == wanted.kind)
    if wanted.language is not None:
        filters.append(C.language == wanted.language)
    if wanted.theme is not None:
        filters.append(C.themes.overlap(_with_merged(Theme, wanted.theme)))
    if wanted.territory is not None:
        filters.append(C.territories.overlap(_with_merged(Territory, wanted.territory)))
    if wanted.author is not None:
        filters.append(C.authors.contains([wanted.author]))
    return filters


def _with_merged(entity: type[Theme] | type[Territory], id: str) -> Any:
    """The label an id means now, and those merged into it that some contributions may still have for a moment."""
    named: Any = table_of(entity).alias("named")
    also: Any = table_of(entity).alias("also")
    current = func.coalesce(named.c.moved_to, named.c.id)
    ids = select(func.array_agg(also.c.id)).where(
        named.c.id == id, or_(also.c.id == current, also.c.moved_to == current)
    )
    # An id nobody knows has none: an empty array overlaps nothing.
    return func.coalesce(ids.scalar_subquery(), cast(array([]), ARRAY(Text)))


def _after(query: Select[Any], by: Any, cursor: str | None) -> Select[Any]:
    place = paging.decode(cursor, 2)
    if place is None:
        return query
    try:
        at, id = utc(datetime.fromisoformat(place[0])).astimezone(UTC), UUID(place[1])
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise paging.bad_cursor() from None
    return query.where(tuple_(by, C.id) < (at, id))


async def steps(session: AsyncSession, viewer: Principal | None, id: UUID) -> StepsOut:
    """A contribution's life. The public sees publication and withdrawal; authors and editors all of it.

    Raises Problem 404.
    """
    row = (await session.execute(select(C.state, C.authors).where(C.id == id))).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no contribution {id}.")
    inside = bool(policy.parts(viewer, row.authors)) and policy.may_read(viewer, State(row.state), row.authors)
    if not inside and row.state not in {State.PUBLISHED, State.WITHDRAWN}:
        raise Problem(NOT_FOUND, f"There is no contribution {id}.")
    table: Any = table_of(Step)
    query = select(table).where(table.c.contribution_id == id).order_by(table.c.id)
    if not inside:
        query = query.where(table.c.after.in_([State.PUBLISHED, State.WITHDRAWN]))
    rows = await session.execute(query)
    return StepsOut(items=[StepOut.model_validate(step._mapping, from_attributes=False) for step in rows])


def gone(withdrawn: Any) -> Problem:
    """The problem of what was published and is not any more."""
    return Problem(
        GONE,
        "This contribution was withdrawn.",
        extra={"withdrawn_at": withdrawn.withdrawn_at.isoformat(), "reason": withdrawn.withdrawal_reason},
    )


async def count(session: AsyncSession) -> int:
    """How many contributions there are, whatever their state."""
    return int((await session.execute(select(func.count()).select_from(Contribution))).scalar_one())
