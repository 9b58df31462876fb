"""Creating, editing and moving contributions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy, statements, workflow
from services.contributions.commands.revisions import Occasion, keep
from services.contributions.rendering import Rendered
from services.contributions.schemas.contributions import DraftIn, EditIn
from services.contributions.tables import Contribution, Step, Territory, Theme, now
from services.contributions.workflow import Action, State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock
from shared.storage.tables import table_of

_KEPT = {Action.SUBMIT: Occasion.SUBMITTED, Action.PUBLISH: Occasion.PUBLISHED}
"""The transitions at which a revision is kept."""

FURTHEST = timedelta(days=730)
"""How far ahead a publication may be scheduled."""


async def create(session: AsyncSession, actor: Principal, draft: DraftIn, rendered: Rendered) -> Contribution:
    """A new draft. Raises Problem 403 for a kind the actor may not write, 422 for unknown themes or places."""
    if not policy.may_create(actor, draft.kind):
        raise Problem(FORBIDDEN, "Only experts and editors write this kind; everybody may write an idea.")
    labels = await _labels_in_use(session, draft.themes, draft.territories)
    contribution = Contribution(**{**draft.model_dump(), **labels}, authors=[actor.id])
    _set_rendered(contribution, rendered)
    session.add(contribution)
    await session.flush()
    return contribution


async def edit(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    changes: EditIn,
    rendered: Rendered | None,
) -> Contribution:
    """Change the text. What is published is corrected, with a reason for its readers.

    Raises Problem 403, 404, 412, 422.
    """
    contribution = await _locked(session, actor, id)
    if not policy.may_edit(actor, State(contribution.state), contribution.authors):
        raise Problem(FORBIDDEN, f"The text of a contribution that is {contribution.state} is not yours to change.")
    expected.check(contribution.version)
    reason = _reason_of_correction(contribution, changes.reason)
    named: dict[str, Any] = changes.model_dump(exclude_none=True, exclude={"reason"})
    labels = await _labels_in_use(session, changes.themes or [], changes.territories or [])
    named |= {field: ids for field, ids in labels.items() if field in named}
    if "kind" in named and not policy.may_create(actor, named["kind"]):
        raise Problem(FORBIDDEN, "Only experts and editors write this kind.")
    for name, value in named.items():
        setattr(contribution, name, value)
    if rendered is not None:
        _set_rendered(contribution, rendered)
    if contribution.state not in workflow.UNFINISHED:
        _check_text(contribution)
    if contribution.state == State.PUBLISHED:
        contribution.corrected_at = keep(session, contribution, Occasion.CORRECTED, actor.id, reason).at
    await changed(session, contribution)
    return contribution


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    action: Action,
    reason: str | None,
    at: datetime | None = None,
) -> Contribution:
    """Take a contribution to its next state; to publish ``at`` an instant is to schedule.

    Raises Problem 403, 404, 409, 412, 422.
    """
    if action is Action.PUBLISH and at is not None:
        action = Action.SCHEDULE
    contribution = await _locked(session, actor, id)
    before = State(contribution.state)
    expected.check(contribution.version)
    line = workflow.transition(before, action)
    if line is None:
        raise Problem(CONFLICT, f"A contribution that is {before} cannot {action}.", extra={"state": before})
    if not policy.parts(actor, contribution.authors) & line.who:
        raise Problem(FORBIDDEN, f"To {action} is not yours to do.")
    reason = (reason or "").strip() or None
    if line.needs_reason and reason is None:
        raise Problem(INVALID, errors=[("reason", f"say why: the reason is shown to whom it concerns ({action})")])
    _check_instant(line, at)
    if line.needs_text:
        _check_text(contribution)
    await _carry_out(session, contribution, action, line, actor.id, reason, at)
    return contribution


async def publish_if_due(session: AsyncSession, id: UUID) -> bool:
    """Publish a scheduled contribution whose instant has come; whether this call did.

    Whoever else comes meanwhile waits for the row, then finds it published (or called back) and does nothing.
    """
    contribution = await lock(session, Contribution, id)
    if contribution is None or contribution.publish_at is None or contribution.publish_at > now():
        return False
    line = workflow.transition(State(contribution.state), Action.PUBLISH)
    if line is None:
        return False
    await _carry_out(session, contribution, Action.PUBLISH, line, None)
    return True


async def _carry_out(
    session: AsyncSession,
    contribution: Contribution,
    action: Action,
    line: workflow.Transition,
    by: UUID | None,
    reason: str | None = None,
    at: datetime | None = None,
) -> None:
    before = contribution.state
    _set_state(contribution, line.to, reason, at)
    if action in _KEPT:
        keep(session, contribution, _KEPT[action], by)
    session.add(
        Step(contribution_id=contribution.id, actor=by, action=action, before=before, after=line.to, reason=reason)
    )
    await changed(session, contribution)


async def changed(session: AsyncSession, contribution: Contribution) -> None:
    """Note a change of a locked contribution, and tell the others if it shows."""
    contribution.version += 1
    contribution.updated_at = now()
    session.add(contribution)
    message = statements.of_contribution(contribution)
    if message is not None:
        await tell(session, contribution, message)
    await session.flush()


async def _locked(session: AsyncSession, actor: Principal, id: UUID) -> Contribution:
    contribution = await lock(session, Contribution, id)
    # An editor may act on what was submitted a moment ago: then the version says that it was recalled (412).
    if contribution is None or not (
        policy.parts(actor, contribution.authors) or policy.may_read(actor, State(contribution.state), ())
    ):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you.")
    return contribution


def _check_instant(line: workflow.Transition, at: datetime | None) -> None:
    if not line.needs_instant:
        if at is not None:
            raise Problem(INVALID, errors=[("at", "only a publication can be scheduled; leave it out")])
    elif at is None:
        raise Problem(INVALID, errors=[("at", "say when, with an offset, such as 2027-01-31T08:00:00+01:00")])
    elif not now() < at < now() + FURTHEST:
        raise Problem(INVALID, errors=[("at", f"choose an instant to come, within {FURTHEST.days} days")])


def _reason_of_correction(contribution: Contribution, given: str | None) -> str | None:
    reason = (given or "").strip() or None
    is_correction = contribution.state == State.PUBLISHED
    if is_correction and reason is None:
        raise Problem(INVALID, errors=[("reason", "say what is corrected and why: readers see it under the text")])
    if reason is not None and not is_correction:
        raise Problem(INVALID, errors=[("reason", "only a correction of what is published takes one; leave it out")])
    return reason


def _set_state(contribution: Contribution, to: State, reason: str | None, publish_at: datetime | None) -> None:
    contribution.state = to
    contribution.publish_at = publish_at
    if to not in workflow.REVIEWED:
        contribution.editor = contribution.due_on = None
    at = now()
    match to:
        case State.SUBMITTED:
            # What is called back from the schedule has been in review since it was submitted.
            contribution.submitted_at = contribution.submitted_at or at
        case State.PUBLISHED:
            contribution.published_at = at
        case State.WITHDRAWN:
            contribution.withdrawn_at, contribution.withdrawal_reason = at, reason
        case State.DRAFT | State.CHANGES_REQUESTED:
            contribution.submitted_at = None


def _set_rendered(contribution: Contribution, rendered: Rendered) -> None:
    contribution.body_html = rendered.html
    contribution.text = rendered.text
    contribution.reading_minutes = rendered.minutes


def _check_text(contribution: Contribution) -> None:
    missing = [
        (name, "is still empty; write it before submitting")
        for name, value in (("summary", contribution.summary), ("body", contribution.text))
        if not value.strip()
    ]
    if not contribution.themes:
        missing.append(("themes", "choose at least one theme"))
    if missing:
        raise Problem(INVALID, "The contribution is not complete.", errors=missing)


async def _labels_in_use(session: AsyncSession, themes: list[str], territories: list[str]) -> dict[str, list[str]]:
    """The labels asked for, by field; one that was merged is taken for its successor. Raises Problem 422.

    Nobody merges them until the transaction ends: a contribution would be left with a label that is gone.
    """
    errors: list[tuple[str, str]] = []
    found: dict[str, list[str]] = {}
    asked: tuple[tuple[str, type[Theme] | type[Territory], list[str]], ...] = (
        ("themes", Theme, themes),
        ("territories", Territory, territories),
    )
    for field, table, ids in asked:
        found[field] = []
        if ids:
            columns = table_of(table).c
            query = select(columns.id, columns.moved_to).where(columns.id.in_(ids)).order_by(columns.id)
            rows = await session.execute(query.with_for_update(read=True, key_share=True))
            known = {row.id: row.moved_to or row.id for row in rows}
            errors += [
                (field, f"{id!r} is not known; GET /api/{field} lists those that are") for id in ids if id not in known
            ]
            found[field] = list(dict.fromkeys(known[id] for id in ids if id in known))
    if errors:
        raise Problem(INVALID, errors=errors)
    return found
