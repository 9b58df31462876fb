"""Creating, editing and moving calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, statements, workflow
from services.partners.commands.moving import check_complete, line_for
from services.partners.schemas.calls import CallEditIn, CallIn, CallKind
from services.partners.tables import Call, now
from services.partners.workflow import CallAction, CallState, Part
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock

_NULLABLE = frozenset({"opens_at", "deadline"})
_FROZEN = ("criteria", "top_score")
"""How applications are judged is known before they are written, and does not change then."""


async def create(session: AsyncSession, actor: Principal, given: CallIn) -> Call:
    """A new draft, run by who creates it. Raises Problem 422."""
    call = Call(**given.model_dump(), organizers=[actor.id])
    _check_instants(call)
    session.add(call)
    await session.flush()
    return call


async def edit(session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: CallEditIn) -> Call:
    """Change what is called for. Raises Problem 403, 404, 409, 412, 422."""
    call = await _run(session, actor, id)
    expected.check(call.version)
    if call.state == CallState.WITHDRAWN:
        raise Problem(CONFLICT, "A call that is withdrawn does not change any more.", extra={"state": call.state})
    named: dict[str, Any] = changes.model_dump(include=changes.model_fields_set)
    named = {name: value for name, value in named.items() if value is not None or name in _NULLABLE}
    if call.state != CallState.DRAFT:
        frozen = [name for name in _FROZEN if name in named and named[name] != getattr(call, name)]
        if frozen:
            raise Problem(
                INVALID, errors=[(name, "stays as it was published: applicants wrote for it") for name in frozen]
            )
    for name, value in named.items():
        setattr(call, name, value)
    _check_instants(call)
    if call.state != CallState.DRAFT:
        _check_complete(call)
    await _changed(session, call)
    return call


async def move(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, action: CallAction, reason: str | None
) -> Call:
    """Publish, close or withdraw. Raises Problem 403, 404, 409, 412, 422."""
    call = await _run(session, actor, id)
    expected.check(call.version)
    line, reason = line_for(workflow.CALL, "A call", call.state, action, frozenset({Part.RUNNER}), reason)
    if line.complete:
        _check_complete(call)
    call.state = line.to
    match line.to:
        case CallState.PUBLISHED:
            call.published_at = now()
        case CallState.CLOSED:
            call.closed_at = now()
        case CallState.WITHDRAWN:
            call.withdrawn_at, call.withdrawal_reason = now(), reason
    await _changed(session, call)
    return call


async def _changed(session: AsyncSession, call: Call) -> None:
    call.version += 1
    call.updated_at = now()
    session.add(call)
    message = statements.of_call(call)
    if message is not None:
        await tell(session, call, message)
    await session.flush()


async def _run(session: AsyncSession, actor: Principal, id: UUID) -> Call:
    call = await lock(session, Call, id)
    if call is None or not policy.may_read_call(actor, CallState(call.state), call.organizers):
        raise Problem(NOT_FOUND, f"There is no call {id} for you.")
    if not policy.runs(actor, call.organizers):
        raise Problem(FORBIDDEN, "Only those who run the call may do this.")
    return call


def _check_instants(call: Call) -> None:
    if call.kind == CallKind.OPEN and call.deadline is not None:
        raise Problem(INVALID, errors=[("deadline", "a call that is always open has none; leave it out")])
    if call.opens_at is not None and call.deadline is not None and call.opens_at >= call.deadline:
        raise Problem(INVALID, errors=[("deadline", "comes before the opening; choose a later one")])


def _check_complete(call: Call) -> None:
    fields: list[tuple[str, object]] = [
        ("summary", call.summary),
        ("description", call.description),
        ("criteria", call.criteria),
    ]
    if call.kind != CallKind.OPEN:
        fields.append(("deadline", call.deadline))
    check_complete("The call", fields)
