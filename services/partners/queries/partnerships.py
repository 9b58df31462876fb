"""Reading partnerships, demonstrators and their results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, workflow
from services.partners.queries import organizations, standing
from services.partners.queries.paging import names_of, page, person
from services.partners.schemas.partnerships import (
    DemonstratorOut,
    DemonstratorPageOut,
    DemonstratorRefOut,
    DemonstratorSummaryOut,
    PartnershipOut,
    PartnershipPageOut,
    ResultOut,
    ResultsOut,
)
from services.partners.statements import demonstrator_url
from services.partners.tables import Call, Demonstrator, Organization, Partnership, Result
from services.partners.workflow import DemonstratorState, OrganizationState
from shared.auth.principal import Principal
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.among import among
from shared.storage.tables import table_of

C: Any = table_of(Call).c
D: Any = table_of(Demonstrator).c
ORG: Any = table_of(Organization).c
P: Any = table_of(Partnership).c
R: Any = table_of(Result).c
PUBLIC = (DemonstratorState.PUBLISHED, DemonstratorState.ENDED)
_LISTED = (
    D.id, D.version, D.state, D.language, D.title, D.summary, D.place, D.themes, D.territories, D.until, D.results,
    D.updated_at, D.published_at,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which demonstrators a list shows."""

    state: str | None = None
    """A state, or ``any``; without one, those that are public."""
    theme: str | None = None
    territory: str | None = None
    organization: UUID | None = None
    mine: bool = False
    """Only those the viewer is part of."""


async def partnership(session: AsyncSession, viewer: Principal, id: UUID) -> PartnershipOut:
    """One partnership. Raises Problem 404 for whoever is no part of it."""
    rows = (await session.execute(_partnerships().where(P.id == id, standing.part_of(viewer)))).all()
    if not rows:
        raise Problem(NOT_FOUND, f"There is no partnership {id} for you.")
    return (await _with_demonstrators(session, rows))[0]


async def partnerships(session: AsyncSession, viewer: Principal, cursor: str | None, limit: int) -> PartnershipPageOut:
    """Those the viewer is part of, newest first. Three queries, however many there are."""
    query = _partnerships().where(standing.part_of(viewer))
    rows, more = await page(session, query, P.created_at, P.id, cursor, limit)
    return PartnershipPageOut(items=await _with_demonstrators(session, rows), next=more)


def _partnerships() -> Select[Any]:
    return (
        select(*P, C.title.label("call_title"), *organizations.REF[1:])
        .join(Call, P.call_id == C.id)
        .join(Organization, P.organization_id == ORG.id)
    )


async def _with_demonstrators(session: AsyncSession, rows: Sequence[Any]) -> list[PartnershipOut]:
    query = select(D.id, D.partnership_id, D.title, D.state).where(D.partnership_id.in_([row.id for row in rows]))
    shown: dict[UUID, list[DemonstratorRefOut]] = defaultdict(list)
    for one in await session.execute(query.order_by(D.id)) if rows else ():
        url = demonstrator_url(one.id, one.title)
        shown[one.partnership_id].append(DemonstratorRefOut(id=one.id, title=one.title, state=one.state, url=url))
    names = await names_of(session, [id for row in rows for id in (row.partner_contact, row.host_contact)])
    return [
        PartnershipOut(
            id=row.id,
            version=row.version,
            application=row.application_id,
            call=row.call_id,
            call_title=row.call_title,
            organization=organizations.ref(row),
            title=row.title,
            partner_contact=person(row.partner_contact, names),
            host_contact=person(row.host_contact, names),
            demonstrators=shown[row.id],
            created_at=row.created_at,
            updated_at=row.updated_at,
            actions=["edit", "start_demonstrator"],
        )
        for row in rows
    ]


async def read(session: AsyncSession, viewer: Principal | None, id: UUID) -> DemonstratorOut:
    """One demonstrator. Raises Problem 404, or 410 with the reason once it was withdrawn."""
    found = await session.get(Demonstrator, id)
    if found is None:
        raise Problem(NOT_FOUND, f"There is no demonstrator {id}.")
    parts = await standing.of_partnership(session, viewer, found.partnership_id)
    if not policy.may_read_demonstrator(DemonstratorState(found.state), parts):
        if found.withdrawn_at is not None:
            extra = {"withdrawn_at": found.withdrawn_at.isoformat(), "reason": found.withdrawal_reason}
            raise Problem(GONE, "This demonstrator was withdrawn.", extra=extra)
        raise Problem(NOT_FOUND, f"There is no demonstrator {id}.")
    query = (
        select(P.partner_contact, P.host_contact, *organizations.REF)
        .join(Organization, P.organization_id == ORG.id)
        .where(P.id == found.partnership_id)
    )
    row = (await session.execute(query)).one()
    inside = bool(parts)
    names = await names_of(session, (row.partner_contact, row.host_contact) if inside else ())
    actions = workflow.actions(workflow.DEMONSTRATOR, found.state, parts)
    if inside and found.state != DemonstratorState.WITHDRAWN:
        actions = ["edit", "add_result", *actions]
    exclude = {"ordinal", "origin", "partnership_id", "organization_id", "newest_results"}
    return DemonstratorOut(
        **found.model_dump(exclude=exclude),
        organization=_whose(row, inside),
        url=demonstrator_url(found.id, found.title),
        partnership=found.partnership_id if inside else None,
        partner_contact=person(row.partner_contact, names) if inside else None,
        host_contact=person(row.host_contact, names) if inside else None,
        actions=actions,
    )


async def listed(
    session: AsyncSession, viewer: Principal | None, wanted: Wanted, cursor: str | None, limit: int
) -> DemonstratorPageOut:
    """Newest first; only what the viewer may read. One query."""
    inside = standing.part_of(viewer) if viewer is not None else D.id.is_(None)
    query = (
        select(*_LISTED, *organizations.REF, inside.label("inside"))
        .join(Partnership, D.partnership_id == P.id)
        .join(Call, P.call_id == C.id)
        .join(Organization, D.organization_id == ORG.id)
        .where(or_(among(D.state, PUBLIC), inside), *_filters(wanted, inside))
    )
    rows, more = await page(session, query, func.coalesce(D.published_at, D.created_at), D.id, cursor, limit)
    items = [
        DemonstratorSummaryOut(
            **{column.name: row._mapping[column.name] for column in _LISTED},
            organization=_whose(row, row.inside),
            url=demonstrator_url(row.id, row.title),
        )
        for row in rows
    ]
    return DemonstratorPageOut(items=items, next=more)


async def results(
    session: AsyncSession, viewer: Principal | None, id: UUID, cursor: str | None, limit: int
) -> ResultsOut:
    """What it showed, newest day first. Raises Problem 404."""
    query = select(D.state, D.partnership_id).where(D.id == id)
    row = (await session.execute(query)).one_or_none()
    if row is None or not policy.may_read_demonstrator(
        DemonstratorState(row.state), await standing.of_partnership(session, viewer, row.partnership_id)
    ):
        raise Problem(NOT_FOUND, f"There is no demonstrator {id}.")
    found = select(R.id, R.on, R.text, R.measure, R.value, R.unit, R.at).where(R.demonstrator_id == id)
    rows, more = await page(session, found, R.on, R.id, cursor, limit)
    return ResultsOut(items=[result(one._mapping) for one in rows], next=more)


def result(fields: Mapping[str, Any]) -> ResultOut:
    """A result as it is shown."""
    return ResultOut(**{name: fields[name] for name in ResultOut.model_fields})


def _whose(row: Any, inside: bool) -> Any:
    shown = organizations.ref(row)
    return shown if inside or row.organization_state == OrganizationState.PUBLISHED else None


def _filters(wanted: Wanted, inside: Any) -> list[Any]:
    filters: list[Any] = []
    if wanted.state is None:
        if not wanted.mine:
            filters.append(among(D.state, PUBLIC))
    elif wanted.state != "any":
        filters.append(D.state == wanted.state)
    if wanted.theme is not None:
        filters.append(D.themes.contains([wanted.theme]))
    if wanted.territory is not None:
        filters.append(D.territories.contains([wanted.territory]))
    if wanted.organization is not None:
        # Whoever is no part of it learns of the tie from the organization's side as little as from the other.
        filters += [D.organization_id == wanted.organization, or_(ORG.state == OrganizationState.PUBLISHED, inside)]
    if wanted.mine:
        filters.append(inside)
    return filters
