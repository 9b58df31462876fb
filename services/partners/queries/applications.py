"""Reading applications: their own organization's, those one decides on, those one reviews. Nobody else's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, workflow
from services.partners.phases import phase_of
from services.partners.queries import calls, evaluations, organizations, standing
from services.partners.queries.paging import names_of, page, person
from services.partners.schemas.applications import (
    ApplicationCountsOut,
    ApplicationOut,
    ApplicationPageOut,
    ApplicationSummaryOut,
    EvaluationOut,
    StepOut,
    StepsOut,
)
from services.partners.schemas.calls import Phase
from services.partners.tables import Application, Call, Organization, Partnership, Step, now
from services.partners.workflow import ApplicationState, CallState, NextStep, Part
from shared.auth.principal import Principal
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.tables import table_of

A: Any = table_of(Application).c
C: Any = table_of(Call).c
ORG: Any = table_of(Organization).c
P: Any = table_of(Partnership).c
S: Any = table_of(Step).c
LISTED = (
    A.id, A.version, A.state, A.title, A.summary, A.created_at, A.updated_at, A.submitted_at, A.decided_at,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which applications a list shows."""

    state: ApplicationState | None = None
    call: UUID | None = None
    organization: UUID | None = None


async def read(session: AsyncSession, viewer: Principal, id: UUID) -> ApplicationOut:
    """One application. Raises Problem 404 for whoever has nothing to do with it."""
    found = await session.get(Application, id)
    if found is not None:
        parts = await standing.of_application(session, viewer, found)
        if parts:
            return await _whole(session, found, parts)
    raise Problem(NOT_FOUND, f"There is no application {id} for you.")


async def whole(session: AsyncSession, viewer: Principal, found: Application) -> ApplicationOut:
    """An application as the viewer sees it now. Raises Problem 404."""
    return await _whole(session, found, await standing.of_application(session, viewer, found))


async def _whole(session: AsyncSession, found: Application, parts: frozenset[Part]) -> ApplicationOut:
    query = (
        select(*calls.REF, *organizations.REF, P.id.label("partnership"))
        .select_from(Application)
        .join(Call, A.call_id == C.id)
        .join(Organization, A.organization_id == ORG.id)
        .outerjoin(Partnership, P.application_id == A.id)
        .where(A.id == found.id)
    )
    row = (await session.execute(query)).one()
    names = await names_of(session, [found.contact])
    given = found.model_dump(exclude={"contact", "call_id", "organization_id", "created_by", "origin"})
    # What becomes of it is between the organization and who runs the call.
    party = bool(parts & {Part.APPLICANT, Part.RUNNER})
    if not party:
        given["decision_reason"] = None
    step = _next_step(ApplicationState(found.state), row, now())
    return ApplicationOut(
        **given,
        next_step=step,
        call=calls.ref(row),
        organization=organizations.ref(row),
        contact=person(found.contact, names) if found.contact is not None and party else None,
        partnership=row.partnership if party else None,
        actions=_actions(found, parts, step),
    )


async def listed(
    session: AsyncSession, viewer: Principal, wanted: Wanted, cursor: str | None, limit: int
) -> ApplicationPageOut:
    """Of a call, those the viewer decides on or reviews. Two queries, however long it is."""
    query = _summaries(viewer).where(_evaluated(viewer), *_filters(wanted))
    return await _page(session, query, cursor, limit)


async def mine(
    session: AsyncSession, viewer: Principal, wanted: Wanted, cursor: str | None, limit: int
) -> ApplicationPageOut:
    """Those of the viewer's organizations. One query, and one for evaluations."""
    query = _summaries(viewer).where(standing.applicant(viewer), *_filters(wanted))
    return await _page(session, query, cursor, limit)


async def counts(session: AsyncSession, viewer: Principal, call: UUID) -> ApplicationCountsOut:
    """How many there are by state, of those `listed` shows. One query."""
    query = (
        select(A.state, func.count())
        .join(Call, A.call_id == C.id)
        .where(_evaluated(viewer), A.call_id == call)
        .group_by(A.state)
    )
    found = {ApplicationState(state): count for state, count in await session.execute(query)}
    return ApplicationCountsOut(counts=found)


async def check_call(session: AsyncSession, viewer: Principal, call: UUID) -> None:
    """Raises Problem 404 for a call the viewer may not know of."""
    row = (await session.execute(select(C.state, C.organizers).where(C.id == call))).one_or_none()
    if row is None or not policy.may_read_call(viewer, CallState(row.state), row.organizers):
        raise Problem(NOT_FOUND, f"There is no call {call} for you.")


async def steps(session: AsyncSession, viewer: Principal, id: UUID) -> StepsOut:
    """Its life so far, oldest first; those who evaluate are named to those who run the call. Raises Problem 404."""
    found = await session.get(Application, id)
    parts = frozenset() if found is None else await standing.of_application(session, viewer, found)
    if not parts & {Part.APPLICANT, Part.RUNNER}:
        raise Problem(NOT_FOUND, f"There is no application {id} for you.")
    rows = (await session.execute(select(*S).where(S.application_id == id).order_by(S.id))).all()
    shown = [row.by_applicant or Part.RUNNER in parts for row in rows]
    names = await names_of(session, [row.actor for row, named in zip(rows, shown, strict=True) if named])
    return StepsOut(
        items=[
            StepOut(
                at=row.at,
                action=row.action,
                before=row.before,
                after=row.after,
                reason=row.reason,
                by_applicant=row.by_applicant,
                by=person(row.actor, names) if named else None,
            )
            for row, named in zip(rows, shown, strict=True)
        ]
    )


def _summaries(viewer: Principal) -> Select[Any]:
    return (
        select(*LISTED, *calls.REF, *organizations.REF, standing.runner(viewer).label("runner"))
        .join(Call, A.call_id == C.id)
        .join(Organization, A.organization_id == ORG.id)
    )


def _evaluated(viewer: Principal) -> Any:
    return standing.runner(viewer) | standing.reviewer(viewer)


def _filters(wanted: Wanted) -> list[Any]:
    given = ((A.state, wanted.state), (A.call_id, wanted.call), (A.organization_id, wanted.organization))
    return [column == value for column, value in given if value is not None]


async def _page(session: AsyncSession, query: Select[Any], cursor: str | None, limit: int) -> ApplicationPageOut:
    rows, more = await page(session, query, A.updated_at, A.id, cursor, limit)
    found = await evaluations.of_applications(session, [row.id for row in rows if row.runner])
    at = now()
    items = [summary(row, found.get(row.id, evaluations.NONE) if row.runner else None, at) for row in rows]
    return ApplicationPageOut(items=items, next=more)


def summary(row: Any, evaluation: EvaluationOut | None, at: datetime) -> ApplicationSummaryOut:
    """A row of a list."""
    return ApplicationSummaryOut(
        **{column.name: row._mapping[column.name] for column in LISTED},
        next_step=_next_step(ApplicationState(row.state), row, at),
        call=calls.ref(row),
        organization=organizations.ref(row),
        evaluation=evaluation,
    )


def _next_step(state: ApplicationState, call: Any, at: datetime) -> NextStep:
    phase = phase_of(CallState(call.call_state), call.opens_at, call.deadline, at)
    return workflow.next_step(state, can_submit=phase is not Phase.OVER)


def _actions(found: Application, parts: Collection[Part], step: NextStep) -> list[str]:
    mine = frozenset(parts)
    actions = workflow.actions(workflow.APPLICATION, found.state, mine)
    if step is NextStep.TOO_LATE and "submit" in actions:
        actions.remove("submit")
    if policy.may_edit_application(ApplicationState(found.state), mine):
        actions.insert(0, "edit")
    if Part.RUNNER in mine:
        actions.append("read_reviews")
    if found.state in workflow.UNDER_REVIEW:
        if Part.RUNNER in mine:
            actions.append("assign")
        if Part.REVIEWER in mine:
            actions.append("write_review")
    if mine & {Part.REVIEWER, Part.RUNNER}:
        actions.append("declare_conflict")
    return actions
