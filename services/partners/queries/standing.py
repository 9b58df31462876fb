"""What somebody is to an application or a partnership: the one place where it is found out, for reads and commands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, false, or_, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import conflicts, policy
from services.partners.tables import Application, Assignment, Call, Partnership
from services.partners.workflow import Part
from shared.auth.principal import Principal, Role
from shared.storage.tables import table_of

A: Any = table_of(Application).c
C: Any = table_of(Call).c
P: Any = table_of(Partnership).c


def assigned(person: Any, application: Any) -> Any:
    """SQL: whether somebody is assigned to review it."""
    g: Any = table_of(Assignment).alias()
    return exists(select(1).where(g.c.application_id == application, g.c.reviewer == person))


async def of_application(session: AsyncSession, viewer: Principal, application: Application) -> frozenset[Part]:
    """What the viewer is to an application now. One query."""
    organization = application.organization_id
    query = select(
        C.organizers,
        conflicts.belongs(viewer.id, organization).label("member"),
        assigned(viewer.id, application.id).label("assigned"),
        conflicts.barred_from_running(viewer.id, organization).label("barred"),
        conflicts.interest(viewer.id, organization).label("interest"),
    ).where(C.id == application.call_id)
    found = (await session.execute(query)).one()
    return policy.application_parts(
        viewer,
        member=found.member,
        organizers=found.organizers,
        assigned=found.assigned,
        submitted=application.submitted_at is not None,
        barred_from_running=found.barred,
        barred_from_reviewing=found.interest is not None,
    )


def applicant(viewer: Principal) -> Any:
    """SQL: the applications of the viewer's organizations."""
    return conflicts.belongs(viewer.id, A.organization_id)


def runner(viewer: Principal) -> Any:
    """SQL: the applications the viewer decides on; the statement joins the call."""
    return and_(A.submitted_at.is_not(None), runs(viewer), ~conflicts.barred_from_running(viewer.id, A.organization_id))


def reviewer(viewer: Principal) -> Any:
    """SQL: the applications the viewer reviews."""
    if not viewer.has(*policy.REVIEWERS):
        return false()
    return and_(
        A.submitted_at.is_not(None),
        assigned(viewer.id, A.id),
        conflicts.interest(viewer.id, A.organization_id).is_(None),
    )


def readable(viewer: Principal) -> Any:
    """SQL: the applications the viewer may read."""
    return or_(applicant(viewer), runner(viewer), reviewer(viewer))


def runs(viewer: Principal | None) -> Any:
    """SQL: the calls the viewer runs."""
    if viewer is None:
        return false()
    if viewer.has(Role.ADMIN):
        return true()
    return C.organizers.contains([viewer.id]) if viewer.has(Role.ORGANIZER) else false()


async def of_partnership(session: AsyncSession, viewer: Principal | None, partnership: UUID) -> frozenset[Part]:
    """What the viewer is to a partnership and its demonstrators. One query; none for nobody."""
    if viewer is None:
        return frozenset()
    query = (
        select(C.organizers, P.host_contact, conflicts.belongs(viewer.id, P.organization_id).label("member"))
        .join(Partnership, P.call_id == C.id)
        .where(P.id == partnership)
    )
    found = (await session.execute(query)).one()
    return policy.partnership_parts(
        viewer, member=found.member, organizers=found.organizers, contacts=[found.host_contact]
    )


def part_of(viewer: Principal) -> Any:
    """SQL: the partnerships the viewer is part of; the statement joins the call."""
    return or_(conflicts.belongs(viewer.id, P.organization_id), runs(viewer), P.host_contact == viewer.id)
