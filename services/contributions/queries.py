"""Every read. Lists select columns, not entities, and ask for all names at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy, workflow
from services.contributions.anchoring import find
from services.contributions.commands.revisions import PUBLIC
from services.contributions.schemas import (
    AddressesOut,
    AddressOut,
    AddressPartsOut,
    CommentOut,
    CommentsOut,
    ContributionOut,
    PageOut,
    PersonOut,
    RevisionsOut,
    RevisionSummaryOut,
    StepOut,
    StepsOut,
    SummaryOut,
    TerritoriesOut,
    TerritoryOut,
    ThemeOut,
    ThemesOut,
)
from services.contributions.statements import url_of
from services.contributions.tables import AuthorName, Comment, Contribution, Revision, Step, Territory, Theme
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.tables import table_of, utc

LabelT = TypeVar("LabelT", Theme, Territory)
C: Any = table_of(Contribution).c
R: Any = table_of(Revision).c
_LISTED = (
    C.id, C.version, C.state, C.kind, C.language, C.title, C.summary, C.themes, C.territories, C.authors,
    C.reading_minutes, C.editor, C.due_on, C.updated_at, C.publish_at, C.published_at,
)  # fmt: skip

LAST_NUMBER = 2**31 - 1
"""The largest number a revision can have."""
_REVISION = (R.number, R.at, R.by, R.occasion, R.title, R.reason)


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
            raise _gone(found)
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
        authors=_people(found.authors, names),
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
            authors=_people(row.authors, names),
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


async def author_names(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people, in one query; those nobody told of are missing."""
    wanted = list(ids)
    if not wanted:
        return {}
    table: Any = table_of(AuthorName)
    rows = await session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _people(ids: Sequence[UUID], names: dict[UUID, str]) -> list[PersonOut]:
    return [PersonOut(id=id, name=names.get(id, "")) for id in ids]


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


async def revisions(
    session: AsyncSession, viewer: Principal | None, id: UUID, cursor: str | None, limit: int
) -> RevisionsOut:
    """Revisions, newest first: since publication for everybody, all of them for authors and editors.

    Three queries at most. Raises Problem 404, 410.
    """
    inside = await _sees_all_revisions(session, viewer, id)
    query = select(*_REVISION).where(R.contribution_id == id, *([] if inside else [R.occasion.in_(PUBLIC)]))
    place = paging.decode(cursor, 1)
    if place is not None:
        if type(place[0]) is not int or not 0 < place[0] <= LAST_NUMBER:
            raise paging.bad_cursor()
        query = query.where(R.number < place[0])
    rows = (await session.execute(query.order_by(R.number.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    names = await author_names(session, {row.by for row in shown if row.by}) if inside else {}
    return RevisionsOut(
        items=[_summary(row, names, inside) for row in shown],
        next=paging.encode([shown[-1].number]) if len(rows) > limit else None,
    )


async def revision(
    session: AsyncSession, viewer: Principal | None, id: UUID, *numbers: int
) -> list[tuple[RevisionSummaryOut, Revision]]:
    """The revisions of these numbers, in their order. Raises Problem 404, 410."""
    inside = await _sees_all_revisions(session, viewer, id)
    found = await session.exec(select_entity(Revision).where(R.contribution_id == id, R.number.in_(numbers)))
    known = {one.number: one for one in found if inside or one.occasion in PUBLIC}
    for number in numbers:
        if number not in known:
            raise Problem(NOT_FOUND, f"There is no revision {number} of contribution {id} for you.")
    names = await author_names(session, {one.by for one in known.values() if one.by}) if inside else {}
    return [(_summary(known[number], names, inside), known[number]) for number in numbers]


async def comments(session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int) -> CommentPage:
    """Comments, oldest first, with the text they are about. Raises Problem 404."""
    row = (await session.execute(select(C.state, C.authors, C.text).where(C.id == id))).one_or_none()
    if row is None or not policy.may_discuss(viewer, State(row.state), row.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you to discuss.")
    table: Any = table_of(Comment)
    query = select_entity(Comment).where(table.c.contribution_id == id)
    place = paging.decode(cursor, 1)
    if place is not None:
        try:
            query = query.where(table.c.id > UUID(place[0]))
        except (ValueError, TypeError, AttributeError):
            raise paging.bad_cursor() from None
    found = (await session.exec(query.order_by(table.c.id).limit(limit + 1))).all()
    names = await author_names(session, {one.by for one in found})
    more = paging.encode([str(found[limit - 1].id)]) if len(found) > limit else None
    return CommentPage(row.text, list(found[:limit]), names, more)


@dataclass(frozen=True)
class CommentPage:
    """Comments and what is needed to show them."""

    text: str
    comments: list[Comment]
    names: dict[UUID, str]
    next: str | None

    def located(self) -> CommentsOut:
        """Each with its place in the text. CPU work: call it in the pool."""
        return CommentsOut(items=[located(self.text, one, self.names) for one in self.comments], next=self.next)


def located(text: str, comment: Comment, names: dict[UUID, str]) -> CommentOut:
    """A comment with the place of its passage."""
    start, end = find(text, comment.exact, comment.prefix, comment.suffix) or (None, None)
    fields = comment.model_dump(exclude={"by", "contribution_id", "resolved_by"})
    return CommentOut(**fields, by=PersonOut(id=comment.by, name=names.get(comment.by, "")), start=start, end=end)


async def one_comment(session: AsyncSession, comment: Comment) -> CommentPage:
    """A comment just made or resolved, as a page of one."""
    text = (await session.execute(select(C.text).where(C.id == comment.contribution_id))).scalar_one()
    return CommentPage(text, [comment], await author_names(session, [comment.by]), None)


async def _sees_all_revisions(session: AsyncSession, viewer: Principal | None, id: UUID) -> bool:
    row = (
        await session.execute(select(C.state, C.authors, C.withdrawn_at, C.withdrawal_reason).where(C.id == id))
    ).one_or_none()
    if row is None or not policy.may_read(viewer, State(row.state), row.authors):
        if row is not None and row.state == State.WITHDRAWN:
            raise _gone(row)
        raise Problem(NOT_FOUND, f"There is no contribution {id}.")
    return bool(policy.parts(viewer, row.authors))


def _summary(row: Any, names: dict[UUID, str], inside: bool) -> RevisionSummaryOut:
    return RevisionSummaryOut(
        number=row.number,
        at=row.at,
        occasion=row.occasion,
        title=row.title,
        reason=row.reason,
        by=PersonOut(id=row.by, name=names.get(row.by, "")) if inside and row.by else None,
    )


def _gone(withdrawn: Any) -> Problem:
    """The problem of what was published and is not any more."""
    return Problem(
        GONE,
        "This contribution was withdrawn.",
        extra={"withdrawn_at": withdrawn.withdrawn_at.isoformat(), "reason": withdrawn.withdrawal_reason},
    )


async def themes(session: AsyncSession) -> ThemesOut:
    """All themes in use, in the order they are shown, and where merged ones went. One query."""
    rows = await _labels(session, Theme)
    items = [ThemeOut.model_validate(row._mapping) for row in rows if row.moved_to is None]
    return ThemesOut(items=items, moved={row.id: row.moved_to for row in rows if row.moved_to is not None})


async def territories(session: AsyncSession) -> TerritoriesOut:
    """All territories in use, in the order they are shown, and where merged ones went. One query."""
    rows = await _labels(session, Territory)
    items = [TerritoryOut.model_validate(row._mapping) for row in rows if row.moved_to is None]
    return TerritoriesOut(items=items, moved={row.id: row.moved_to for row in rows if row.moved_to is not None})


async def _labels(session: AsyncSession, entity: type[Theme] | type[Territory]) -> Sequence[Any]:
    table: Any = table_of(entity)
    return list((await session.execute(select(table).order_by(table.c.position, table.c.id))).all())


async def theme(session: AsyncSession, id: str) -> ThemeOut:
    """One theme. Raises Problem 404, or 410 with ``moved_to`` once it was merged."""
    return ThemeOut.model_validate((await _in_use(session, Theme, id)).model_dump())


async def territory(session: AsyncSession, id: str) -> TerritoryOut:
    """One territory. Raises Problem 404, or 410 with ``moved_to`` once it was merged."""
    return TerritoryOut.model_validate((await _in_use(session, Territory, id)).model_dump())


async def _in_use(session: AsyncSession, entity: type[LabelT], id: str) -> LabelT:
    found = await session.get(entity, id)
    if found is None:
        raise no_label(entity, id)
    if found.moved_to is not None:
        raise moved_label(found)
    return found


def no_label(entity: type[Theme] | type[Territory], id: str) -> Problem:
    """The problem of an id that never was one."""
    return Problem(NOT_FOUND, f"There is no {entity.__name__.lower()} {id!r}.")


def moved_label(found: Theme | Territory) -> Problem:
    """The problem of one that was merged: it says where it went."""
    return Problem(GONE, f"It was merged into {found.moved_to!r}.", extra={"moved_to": found.moved_to})


async def count(session: AsyncSession) -> int:
    """How many contributions there are, whatever their state."""
    return int((await session.execute(select(func.count()).select_from(Contribution))).scalar_one())
