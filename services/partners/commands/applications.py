"""Writing applications, submitting them before the deadline, deciding on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, workflow
from services.partners.commands.moving import check_complete, line_for
from services.partners.commands.organizations import role_in
from services.partners.phases import phase_of
from services.partners.problems import DEADLINE_PASSED, NOT_OPEN
from services.partners.queries import standing
from services.partners.schemas.applications import ApplicationEditIn, ApplicationIn
from services.partners.schemas.calls import Phase
from services.partners.tables import Application, Call, Partnership, PersonName, Step, now
from services.partners.workflow import ApplicationAction, ApplicationState, CallState, Part
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.storage.locks import lock
from shared.storage.tables import table_of


async def create(
    session: AsyncSession, actor: Principal, call_id: UUID, given: ApplicationIn, arrived: datetime
) -> Application:
    """A new draft of one of the actor's organizations. Raises Problem 403, 404, 409, 422."""
    call = await session.get(Call, call_id)
    if call is None or not policy.may_read_call(actor, CallState(call.state), call.organizers):
        raise Problem(NOT_FOUND, f"There is no call {call_id}.")
    _check_open(call, arrived, kept=False)
    if await role_in(session, given.organization, actor.id) is None:
        raise Problem(FORBIDDEN, "You apply for an organization you belong to; create yours first, or be invited.")
    application = Application(
        **given.model_dump(exclude={"organization", "contact"}),
        call_id=call_id,
        organization_id=given.organization,
        created_by=actor.id,
        contact=given.contact or actor.id,
    )
    await _check_contact(session, application)
    session.add(application)
    await session.flush()
    return application


async def edit(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: ApplicationEditIn
) -> Application:
    """Keep a draft as it is typed, also after the deadline. Raises Problem 403, 404, 412, 422."""
    application, parts = await locked(session, actor, id)
    if not policy.may_edit_application(ApplicationState(application.state), parts):
        raise Problem(FORBIDDEN, f"An application that is {application.state} is not yours to change.")
    expected.check(application.version)
    named: dict[str, Any] = changes.model_dump(exclude_none=True)
    for name, value in named.items():
        setattr(application, name, value)
    if "contact" in named:
        await _check_contact(session, application)
    await changed(session, application)
    return application


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    action: ApplicationAction,
    reason: str | None,
    arrived: datetime,
    contact: UUID | None = None,
) -> Application:
    """Submit, withdraw, take into review, accept or decline. Raises Problem 403, 404, 409, 412, 422.

    The call is locked before the application: its deadline cannot move between being compared and the commit.
    """
    call = await _call_of(session, id) if action is ApplicationAction.SUBMIT else None
    application, parts = await locked(session, actor, id)
    expected.check(application.version)
    line, reason = line_for(workflow.APPLICATION, "An application", application.state, action, parts, reason)
    if contact is not None and action is not ApplicationAction.ACCEPT:
        raise Problem(INVALID, errors=[("contact", "only an acceptance names one; leave it out")])
    if line.complete:
        check_complete(
            "The application",
            [(name, getattr(application, name)) for name in ("title", "summary", "proposal", "contact")],
        )
    if call is not None:
        _check_open(call, arrived, kept=True)
        application.submitted_at = arrived
    if line.to in {ApplicationState.ACCEPTED, ApplicationState.DECLINED}:
        application.decided_at, application.decision_reason = now(), reason
    if line.to == ApplicationState.ACCEPTED:
        await _begin_partnership(session, application, actor, contact or actor.id)
    await take_step(session, application, actor, action, line.to, reason, by_applicant=Part.APPLICANT in line.who)
    return application


async def take_step(
    session: AsyncSession,
    application: Application,
    actor: Principal,
    action: ApplicationAction,
    to: str,
    reason: str | None = None,
    *,
    by_applicant: bool,
) -> None:
    """Bring a locked application to its next state, and write that down."""
    session.add(
        Step(
            application_id=application.id,
            actor=actor.id,
            by_applicant=by_applicant,
            action=action,
            before=application.state,
            after=to,
            reason=reason,
        )
    )
    application.state = to
    await changed(session, application)


async def changed(session: AsyncSession, application: Application) -> None:
    """Note a change of a locked application. Nobody else is told."""
    application.version += 1
    application.updated_at = now()
    session.add(application)
    await session.flush()


async def locked(session: AsyncSession, actor: Principal, id: UUID) -> tuple[Application, frozenset[Part]]:
    """An application the actor may know of, locked, and what they are to it. Raises Problem 404."""
    application = await lock(session, Application, id)
    if application is not None:
        parts = await standing.of_application(session, actor, application)
        if parts:
            return application, parts
    raise Problem(NOT_FOUND, f"There is no application {id} for you.")


async def _call_of(session: AsyncSession, id: UUID) -> Any:
    """What decides whether the application's call is open, kept from changing until the transaction ends."""
    a, c = table_of(Application).c, table_of(Call).c
    whose = select(a.call_id).where(a.id == id).scalar_subquery()
    columns = select(c.state, c.opens_at, c.deadline, c.zone).where(c.id == whose).with_for_update(read=True)
    return (await session.execute(columns)).one_or_none()


def _check_open(call: Any, arrived: datetime, *, kept: bool) -> None:
    """Raises Problem 409 saying why it takes no applications; ``kept`` if there is a draft to be kept."""
    phase = phase_of(CallState(call.state), call.opens_at, call.deadline, arrived)
    if phase is Phase.OPEN:
        return
    still = " Your draft is kept." if kept else ""
    if call.state == CallState.PUBLISHED and phase is Phase.OVER:
        raise Problem(
            DEADLINE_PASSED,
            f"The deadline was {call.deadline.isoformat()}; your request reached us at {arrived.isoformat()}.{still}",
            extra={"deadline": call.deadline.isoformat(), "arrived_at": arrived.isoformat(), "zone": call.zone},
        )
    if phase is Phase.COMING and call.opens_at is not None:
        opening = call.opens_at.isoformat()
        raise Problem(NOT_OPEN, f"The call opens at {opening}.{still}", extra={"opens_at": opening})
    raise Problem(NOT_OPEN, f"The call is {call.state}.{still}", extra={"state": call.state})


async def _check_contact(session: AsyncSession, application: Application) -> None:
    if application.contact is None or await role_in(session, application.organization_id, application.contact) is None:
        raise Problem(INVALID, errors=[("contact", "does not belong to the organization; name one of its members")])


async def _begin_partnership(
    session: AsyncSession, application: Application, actor: Principal, host_contact: UUID
) -> None:
    if host_contact != actor.id and await session.get(PersonName, host_contact) is None:
        raise Problem(INVALID, errors=[("contact", "nobody is known by this id")])
    session.add(
        Partnership(
            application_id=application.id,
            call_id=application.call_id,
            organization_id=application.organization_id,
            title=application.title,
            partner_contact=application.contact or application.created_by,
            host_contact=host_contact,
        )
    )
