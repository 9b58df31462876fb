"""What moderators decide: to hide with the rule that was broken, to restore, to dismiss what was reported."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.commands import arguments, reports
from services.contributions.debate_tables import Argument, ModerationStep
from services.contributions.debate_workflow import ArgumentAction, ArgumentState, Part
from services.contributions.schemas.arguments import ModerationIn, ReportIn
from services.contributions.tables import now
from shared.auth.principal import Principal
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, Problem


async def report(session: AsyncSession, actor: Principal, said: ReportIn) -> UUID:
    """Say that an argument breaks a rule; the id of the report. Raises Problem 403, 404, 409, 410."""
    _, _, argument = await arguments.locked(session, actor, said.argument)
    if argument.state != ArgumentState.SHOWN:
        raise Problem(CONFLICT, "It is hidden already.", extra={"state": argument.state})
    return await reports.report(session, actor, argument, said)


async def moderate(session: AsyncSession, actor: Principal, id: UUID, asked: ModerationIn) -> Argument:
    """Hide, restore, or dismiss reports; the author is told the rule and the motive.

    Raises Problem 403 (also for one's own argument), 404, 409, 410, 422.
    """
    debate, answered, argument = await arguments.locked(session, actor, id)
    action = ArgumentAction(asked.action)
    if Part.MODERATOR not in policy.parts_of_argument(actor, argument.author):
        raise Problem(FORBIDDEN, "Moderators decide, and never about what they said themselves.")
    line = workflow.argument_transition(ArgumentState(argument.state), action)
    if line is None:
        raise Problem(CONFLICT, f"What is {argument.state} cannot {action}.", extra={"state": argument.state})
    reason = asked.reason.strip()
    _check(line, asked, reason)
    if line.to is not None:
        arguments.count(debate, argument, answered, -1 if line.to is ArgumentState.HIDDEN else 1)
        argument.state = line.to
    rule = argument.rule if action is ArgumentAction.RESTORE else asked.rule
    session.add(ModerationStep(argument_id=id, by=actor.id, action=action, rule=rule, reason=reason))
    if action is ArgumentAction.HIDE:
        argument.hidden_at, argument.rule, argument.reason = now(), asked.rule, reason
    else:
        argument.hidden_at = argument.rule = argument.reason = None
    await reports.settle(session, argument, "upheld" if action is ArgumentAction.HIDE else "dismissed")
    if line.to is None:
        session.add(argument)
        await session.flush()
    else:
        await arguments.changed(session, argument)
    return argument


def _check(line: workflow.Transition, asked: ModerationIn, reason: str) -> None:
    errors = []
    if line.needs_rule and asked.rule is None:
        errors.append(("rule", "say which rule of the charter it breaks; GET /api/moderation lists them"))
    if not line.needs_rule and asked.rule is not None:
        errors.append(("rule", f"only hiding names one; leave it out ({asked.action})"))
    if line.needs_reason and not reason:
        errors.append(("reason", "say why: its author reads it"))
    if errors:
        raise Problem(INVALID, errors=errors)
