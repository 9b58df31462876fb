"""Reading calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, workflow
from services.partners.phases import phase_of
from services.partners.queries import standing
from services.partners.queries.paging import names_of, page, person
from services.partners.schemas.calls import CallOut, CallPageOut, CallRefOut, CallSummaryOut, Phase
from services.partners.statements import call_url
from services.partners.tables import Call, now
from services.partners.workflow import CallState, Part
from shared.auth.principal import Principal
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.among import among
from shared.storage.tables import table_of

C: Any = table_of(Call).c
PUBLIC = (CallState.PUBLISHED, CallState.CLOSED)
_LISTED = (
    C.id, C.version, C.state, C.kind, C.language, C.title, C.summary, C.themes, C.territories, C.zone, C.opens_at,
    C.deadline, C.updated_at, C.published_at,
)  # fmt: skip
REF = (
    C.id.label("call_id"),
    C.title.label("call_title"),
    C.state.label("call_state"),
    C.zone,
    C.opens_at,
    C.deadline,
    C.top_score,
    C.criteria,
)
"""What a reference to a call is made of, in a statement that joins it."""


@dataclass(frozen=True)
class Wanted:
    """Which calls a list shows."""

    state: str | None = None
    """A state, or ``any``; without one, those that are public."""
    phase: Phase | None = None
    kind: str | None = None
    theme: str | None = None
    territory: str | None = None
    mine: bool = False
    """Only those the viewer runs."""


def ref(row: Any) -> CallRefOut:
    """The call of a row that has `REF`."""
    return CallRefOut(
        id=row.call_id,
        title=row.call_title,
        url=call_url(row.call_id, row.call_title),
        zone=row.zone,
        deadline=row.deadline,
        top_score=row.top_score,
        criteria=row.criteria,
    )


async def read(session: AsyncSession, viewer: Principal | None, id: UUID) -> CallOut:
    """One call. Raises Problem 404, or 410 with the reason once it was withdrawn."""
    found = await session.get(Call, id)
    if found is None or not policy.may_read_call(viewer, CallState(found.state), found.organizers):
        if found is not None and found.withdrawn_at is not None:
            extra = {"withdrawn_at": found.withdrawn_at.isoformat(), "reason": found.withdrawal_reason}
            raise Problem(GONE, "This call was withdrawn.", extra=extra)
        raise Problem(NOT_FOUND, f"There is no call {id}.")
    return await whole(session, viewer, found)


async def whole(session: AsyncSession, viewer: Principal | None, found: Call) -> CallOut:
    """A call the viewer may read, as they see it."""
    runs = policy.runs(viewer, found.organizers)
    parts = frozenset({Part.RUNNER}) if runs else frozenset()
    actions = workflow.actions(workflow.CALL, found.state, parts)
    if runs and found.state != CallState.WITHDRAWN:
        actions.insert(0, "edit")
    if runs:
        actions.append("read_applications")
    phase = phase_of(CallState(found.state), found.opens_at, found.deadline, now())
    if viewer is not None and phase is Phase.OPEN:
        actions.append("apply")
    names = await names_of(session, found.organizers if runs else ())
    return CallOut(
        **found.model_dump(exclude={"ordinal", "origin", "organizers"}),
        phase=phase,
        url=call_url(found.id, found.title),
        organizers=[person(one, names) for one in found.organizers] if runs else [],
        actions=actions,
    )


async def listed(
    session: AsyncSession, viewer: Principal | None, wanted: Wanted, cursor: str | None, limit: int
) -> CallPageOut:
    """Newest first; only what the viewer may read. One query."""
    at = now()
    # What is not published yet has no other instant.
    by = func.coalesce(C.published_at, C.created_at)
    readable = or_(among(C.state, PUBLIC), standing.runs(viewer))
    query = select(*_LISTED).where(readable, *_filters(viewer, wanted, at))
    rows, more = await page(session, query, by, C.id, cursor, limit)
    items = [
        CallSummaryOut(
            **{name: row._mapping[name] for name in CallSummaryOut.model_fields if name not in {"phase", "url"}},
            phase=phase_of(CallState(row.state), row.opens_at, row.deadline, at),
            url=call_url(row.id, row.title),
        )
        for row in rows
    ]
    return CallPageOut(items=items, next=more)


def _filters(viewer: Principal | None, wanted: Wanted, at: datetime) -> list[Any]:
    filters: list[Any] = []
    if wanted.state is None:
        if not wanted.mine:
            filters.append(among(C.state, PUBLIC))
    elif wanted.state != "any":
        filters.append(C.state == wanted.state)
    if wanted.phase is not None:
        filters.append(_in_phase(wanted.phase, at))
    if wanted.kind is not None:
        filters.append(C.kind == wanted.kind)
    if wanted.theme is not None:
        filters.append(C.themes.contains([wanted.theme]))
    if wanted.territory is not None:
        filters.append(C.territories.contains([wanted.territory]))
    if wanted.mine:
        filters.append(C.organizers.contains([viewer.id]) if viewer is not None else False)
    return filters


def _in_phase(phase: Phase, at: datetime) -> Any:
    """`phases.phase_of`, in SQL."""
    published = C.state == CallState.PUBLISHED
    begun, before_end = func.coalesce(C.opens_at <= at, True), func.coalesce(C.deadline >= at, True)
    match phase:
        case Phase.COMING:
            return or_(C.state == CallState.DRAFT, published & ~begun & before_end)
        case Phase.OPEN:
            return published & begun & before_end
        case Phase.OVER:
            return or_(C.state.in_((CallState.CLOSED, CallState.WITHDRAWN)), published & ~before_end)
