"""Partnerships' contacts; demonstrators and their results."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, statements, workflow
from services.partners.commands.moving import check_complete, line_for
from services.partners.commands.organizations import role_in
from services.partners.queries import standing
from services.partners.schemas.partnerships import DemonstratorEditIn, DemonstratorIn, PartnershipEditIn, ResultIn
from services.partners.tables import Demonstrator, Partnership, PersonName, Result, now
from services.partners.workflow import DemonstratorAction, DemonstratorState, Part
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock
from shared.storage.tables import table_of

LONGEST_TOLD = 20_000
"""Characters of the newest results that are told and searched."""
MOST_RESULTS = 2000


async def edit_partnership(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: PartnershipEditIn
) -> Partnership:
    """Name other contacts; each side its own. Raises Problem 403, 404, 412, 422."""
    partnership = await lock(session, Partnership, id)
    parts = frozenset() if partnership is None else await standing.of_partnership(session, actor, id)
    if partnership is None or not parts:
        raise Problem(NOT_FOUND, f"There is no partnership {id} for you.")
    expected.check(partnership.version)
    if changes.partner_contact is not None:
        _check_side(parts, Part.APPLICANT, "Members of the organization name who answers there.")
        if await role_in(session, partnership.organization_id, changes.partner_contact) is None:
            raise Problem(INVALID, errors=[("partner_contact", "does not belong to the organization")])
        partnership.partner_contact = changes.partner_contact
    if changes.host_contact is not None:
        _check_side(parts, Part.RUNNER, "Those who run the call name who answers on their side.")
        if changes.host_contact != actor.id and await session.get(PersonName, changes.host_contact) is None:
            raise Problem(INVALID, errors=[("host_contact", "nobody is known by this id")])
        partnership.host_contact = changes.host_contact
    partnership.version += 1
    partnership.updated_at = now()
    session.add(partnership)
    await session.flush()
    return partnership


async def create(session: AsyncSession, actor: Principal, given: DemonstratorIn) -> Demonstrator:
    """A new draft of a partnership the actor is part of. Raises Problem 404."""
    partnership = await session.get(Partnership, given.partnership)
    if partnership is None or not await standing.of_partnership(session, actor, given.partnership):
        raise Problem(NOT_FOUND, f"There is no partnership {given.partnership} for you.")
    demonstrator = Demonstrator(
        **given.model_dump(exclude={"partnership"}),
        partnership_id=partnership.id,
        organization_id=partnership.organization_id,
    )
    session.add(demonstrator)
    await session.flush()
    return demonstrator


async def edit(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: DemonstratorEditIn
) -> Demonstrator:
    """Change what is said of it. Raises Problem 403, 404, 409, 412, 422."""
    demonstrator = await _part_of(session, actor, id)
    expected.check(demonstrator.version)
    named: dict[str, Any] = changes.model_dump(include=changes.model_fields_set)
    for name, value in named.items():
        if value is not None or name == "until":
            setattr(demonstrator, name, value)
    if demonstrator.state != DemonstratorState.DRAFT:
        _check_complete(demonstrator)
    await _changed(session, demonstrator)
    return demonstrator


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    action: DemonstratorAction,
    reason: str | None,
) -> Demonstrator:
    """Publish, end or withdraw. Raises Problem 403, 404, 409, 412, 422."""
    demonstrator, parts = await _locked(session, actor, id)
    expected.check(demonstrator.version)
    line, reason = line_for(workflow.DEMONSTRATOR, "A demonstrator", demonstrator.state, action, parts, reason)
    if line.complete:
        _check_complete(demonstrator)
    demonstrator.state = line.to
    match line.to:
        case DemonstratorState.PUBLISHED:
            demonstrator.published_at = now()
        case DemonstratorState.ENDED:
            demonstrator.ended_at = now()
        case DemonstratorState.WITHDRAWN:
            demonstrator.withdrawn_at, demonstrator.withdrawal_reason = now(), reason
    await _changed(session, demonstrator)
    return demonstrator


async def add_result(session: AsyncSession, actor: Principal, id: UUID, given: ResultIn) -> Result:
    """Say what it showed on a day. Raises Problem 403, 404, 409."""
    demonstrator = await _part_of(session, actor, id)
    if demonstrator.results >= MOST_RESULTS:
        raise Problem(CONFLICT, f"It has {MOST_RESULTS} results; sum some up in its text.")
    result = Result(demonstrator_id=id, by=actor.id, **given.model_dump())
    session.add(result)
    await session.flush()
    demonstrator.results += 1
    r = table_of(Result).c
    texts = select(r.text).where(r.demonstrator_id == id).order_by(r.on.desc(), r.id.desc()).limit(50)
    demonstrator.newest_results = "\n\n".join((await session.execute(texts)).scalars())[:LONGEST_TOLD]
    await _changed(session, demonstrator)
    return result


async def _changed(session: AsyncSession, demonstrator: Demonstrator) -> None:
    demonstrator.version += 1
    demonstrator.updated_at = now()
    session.add(demonstrator)
    message = statements.of_demonstrator(demonstrator)
    if message is not None:
        await tell(session, demonstrator, message)
    await session.flush()


async def _locked(session: AsyncSession, actor: Principal, id: UUID) -> tuple[Demonstrator, frozenset[Part]]:
    demonstrator = await lock(session, Demonstrator, id)
    if demonstrator is not None:
        parts = await standing.of_partnership(session, actor, demonstrator.partnership_id)
        if policy.may_read_demonstrator(DemonstratorState(demonstrator.state), parts):
            return demonstrator, parts
    raise Problem(NOT_FOUND, f"There is no demonstrator {id} for you.")


async def _part_of(session: AsyncSession, actor: Principal, id: UUID) -> Demonstrator:
    demonstrator, parts = await _locked(session, actor, id)
    if not parts:
        raise Problem(FORBIDDEN, "Only its partners change a demonstrator.")
    if demonstrator.state == DemonstratorState.WITHDRAWN:
        raise Problem(CONFLICT, "It was withdrawn.", extra={"state": demonstrator.state})
    return demonstrator


def _check_side(parts: frozenset[Part], side: Part, sentence: str) -> None:
    if side not in parts:
        raise Problem(FORBIDDEN, sentence)


def _check_complete(demonstrator: Demonstrator) -> None:
    fields = ("summary", "tested", "place", "territories", "until")
    check_complete("The demonstrator", [(name, getattr(demonstrator, name)) for name in fields])
