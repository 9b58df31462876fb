"""Opening, editing, closing and withdrawing debates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.commands.labels import labels_in_use
from services.contributions.debate_statements import of_debate
from services.contributions.debate_tables import Debate
from services.contributions.debate_workflow import DebateAction, Phase
from services.contributions.schemas.debates import DebateEditIn, DebateIn
from services.contributions.tables import Contribution, now
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.rendering import Rendered
from shared.storage.locks import lock
from shared.storage.tables import table_of

LONGEST = timedelta(days=730)
"""How far ahead a debate may open or close."""
SLACK = timedelta(minutes=5)
"""How long before now an opening may be: clocks differ, and forms take time."""


async def open_debate(
    session: AsyncSession, actor: Principal, asked: DebateIn, rendered: Rendered, arrived: datetime
) -> Debate:
    """A new debate, on a published contribution or on its own.

    Raises Problem 403, or 422 for unknown labels, a contribution that is not published, or instants that cannot be.
    """
    if not policy.may_open(actor):
        raise Problem(FORBIDDEN, "Experts, editors, organizers and moderators open debates.")
    about = await _published(session, asked.contribution) if asked.contribution else None
    opens_at = asked.opens_at or arrived
    _check_period(opens_at, asked.closes_at, arrived, may_open_from=arrived - SLACK)
    labels = await labels_in_use(
        session,
        asked.themes if asked.themes is not None else (about.themes if about else []),
        asked.territories if asked.territories is not None else (about.territories if about else []),
    )
    debate = Debate(
        contribution_id=asked.contribution,
        language=asked.language,
        question=asked.question,
        introduction=asked.introduction,
        introduction_html=rendered.html if asked.introduction else "",
        introduction_text=rendered.text,
        opened_by=actor.id,
        opens_at=opens_at,
        closes_at=asked.closes_at,
        zone=asked.zone,
        themes=labels["themes"],
        territories=labels["territories"],
    )
    session.add(debate)
    await session.flush()
    await tell(session, debate, of_debate(debate))
    await session.flush()
    return debate


async def edit(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    changes: DebateEditIn,
    rendered: Rendered | None,
    arrived: datetime,
) -> Debate:
    """Change what is asked, or when. The question stays once it has been argued about.

    Raises Problem 403, 404, 409, 410, 412, 422.
    """
    debate = await locked(session, id)
    if not policy.parts_of_debate(actor, debate.opened_by):
        raise Problem(FORBIDDEN, "Whoever opened a debate, editors and moderators change it.")
    expected.check(debate.version)
    named: dict[str, Any] = changes.model_dump(exclude_none=True)
    if named.get("question", debate.question) != debate.question and debate.arguments:
        raise Problem(CONFLICT, "The question has been argued about; it stays as it is.")
    opens_at, closes_at = named.get("opens_at", debate.opens_at), named.get("closes_at", debate.closes_at)
    if opens_at != debate.opens_at and debate.opens_at <= arrived:
        raise Problem(INVALID, errors=[("opens_at", "it has been opened; only its closing can be changed")])
    if (opens_at, closes_at) != (debate.opens_at, debate.closes_at):
        _check_period(opens_at, closes_at, arrived, may_open_from=min(debate.opens_at, arrived))
    labels = await labels_in_use(session, changes.themes or [], changes.territories or [])
    named |= {field: ids for field, ids in labels.items() if field in named}
    for name, value in named.items():
        setattr(debate, name, value)
    if rendered is not None:
        debate.introduction_html = rendered.html if debate.introduction else ""
        debate.introduction_text = rendered.text
    await _changed(session, debate)
    return debate


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    action: DebateAction,
    reason: str | None,
    arrived: datetime,
) -> Debate:
    """Close a debate now, or withdraw it with all that was said in it. Raises Problem 403, 404, 409, 410, 412, 422."""
    debate = await locked(session, id)
    expected.check(debate.version)
    phase = phase_of(debate, arrived)
    line = workflow.debate_transition(phase, action)
    if line is None:
        raise Problem(CONFLICT, f"A debate that is {phase} cannot {action}.", extra={"phase": phase})
    if not policy.parts_of_debate(actor, debate.opened_by) & line.who:
        raise Problem(FORBIDDEN, f"To {action} is not yours to do.")
    reason = (reason or "").strip() or None
    if line.needs_reason and reason is None:
        raise Problem(INVALID, errors=[("reason", f"say why: the reason is shown to everybody ({action})")])
    if action is DebateAction.CLOSE:
        # Whoever asks has waited for the row: what arrived before them was accepted, what arrives from now on is not.
        debate.closes_at = max(arrived, debate.opens_at + timedelta(microseconds=1))
    else:
        debate.withdrawn_at, debate.withdrawal_reason = now(), reason
    await _changed(session, debate)
    return debate


async def locked(session: AsyncSession, id: UUID) -> Debate:
    """A debate that may be seen, locked. Raises Problem 404, or 410 once it or what it is about was withdrawn."""
    debate = await lock(session, Debate, id)
    if debate is None:
        raise Problem(NOT_FOUND, f"There is no debate {id}.")
    await check_visible(session, debate)
    return debate


async def check_visible(session: AsyncSession, debate: Debate) -> Any:
    """A row of id and title of what a debate was opened on, if on anything.

    Raises Problem 410 for one that was withdrawn, or is about what was withdrawn.
    """
    if debate.withdrawn_at is not None:
        raise gone(debate.withdrawn_at, debate.withdrawal_reason)
    if debate.contribution_id is None:
        return None
    c: Any = table_of(Contribution).c
    query = select(c.id, c.title, c.state, c.updated_at, c.withdrawn_at, c.withdrawal_reason)
    about = (await session.execute(query.where(c.id == debate.contribution_id))).one_or_none()
    if about is not None and about.state != State.PUBLISHED:
        raise gone(about.withdrawn_at or about.updated_at, about.withdrawal_reason)
    return about


def gone(at: datetime, reason: str | None) -> Problem:
    """The problem of a debate that was public and is not any more."""
    return Problem(GONE, "This debate was withdrawn.", extra={"withdrawn_at": at.isoformat(), "reason": reason})


def phase_of(debate: Debate, at: datetime) -> Phase:
    """Where a debate is at an instant."""
    return workflow.phase_at(at, debate.opens_at, debate.closes_at, debate.withdrawn_at)


async def _published(session: AsyncSession, id: UUID) -> Contribution:
    found = await session.get(Contribution, id, with_for_update={"read": True, "key_share": True})
    if found is None or found.state != State.PUBLISHED:
        raise Problem(INVALID, errors=[("contribution", "is not published; debates are opened on what can be read")])
    return found


def _check_period(opens_at: datetime, closes_at: datetime, arrived: datetime, *, may_open_from: datetime) -> None:
    errors = []
    if not may_open_from <= opens_at <= arrived + LONGEST:
        errors.append(("opens_at", f"choose an instant to come, within {LONGEST.days} days; leave it out for now"))
    if closes_at <= max(opens_at, arrived):
        errors.append(("closes_at", "choose an instant to come, after the opening"))
    elif closes_at > arrived + LONGEST:
        errors.append(("closes_at", f"choose an instant within {LONGEST.days} days"))
    if errors:
        raise Problem(INVALID, errors=errors)


async def _changed(session: AsyncSession, debate: Debate) -> None:
    debate.version += 1
    debate.updated_at = now()
    await tell(session, debate, of_debate(debate))
    await session.flush()
