"""Saying that contributions are translations of one another: a group, with one contribution for each language."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy
from services.contributions.problems import TRANSLATED
from services.contributions.statements import of_contribution
from services.contributions.tables import Contribution
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.identifiers import new_id
from shared.storage.locks import lock
from shared.storage.tables import table_of


async def link(session: AsyncSession, actor: Principal, id: UUID, expected: Expected, other_id: UUID) -> Contribution:
    """Say that two are the same text in two languages; said twice it changes nothing.

    Raises Problem 404, 409, 412, 422.
    """
    if id == other_id:
        raise Problem(INVALID, errors=[("contribution", "is this one; name the other")])
    # In the order of their ids, so that two who link the same two do not wait for each other.
    found = {one: await lock(session, Contribution, one) for one in sorted((id, other_id))}
    contribution, other = found[id], found[other_id]
    if contribution is None or not policy.may_link(actor, State(contribution.state), contribution.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you to link.")
    expected.check(contribution.version)
    if other is None or not policy.may_link(actor, State(other.state), other.authors):
        raise Problem(INVALID, errors=[("contribution", "is none that you may link")])
    await join(session, contribution, other)
    return contribution


async def join(session: AsyncSession, one: Contribution, other: Contribution) -> None:
    """Put two locked contributions into one group. Raises Problem 409, 422."""
    if one.language == other.language:
        raise Problem(INVALID, errors=[("contribution", f"is in the same language ({other.language})")])
    groups = {found.id: await _others(session, found) for found in (one, other)}
    if other.id in groups[one.id]:
        return
    if groups[one.id] and groups[other.id]:
        raise Problem(TRANSLATED, "Both have translations already; unlink one of them first.")
    # A group whose last other member left means nothing any more: the other's is taken.
    group = (one if groups[one.id] else other).translation_group or new_id()
    newcomer = other if groups[one.id] else one
    if newcomer.language in {language for members in groups.values() for language in members.values()}:
        raise Problem(TRANSLATED)
    one.translation_group = other.translation_group = group
    for linked in (one, other):
        await _told(session, linked)


async def unlink(session: AsyncSession, actor: Principal, id: UUID, expected: Expected) -> Contribution:
    """Take a contribution out of its group; the others stay together. Raises Problem 404, 412."""
    contribution = await lock(session, Contribution, id)
    if contribution is None or not policy.may_link(actor, State(contribution.state), contribution.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you to unlink.")
    expected.check(contribution.version)
    contribution.translation_group = None
    await _told(session, contribution)
    return contribution


async def _told(session: AsyncSession, changed: Contribution) -> None:
    """Tell a change that readers see: each shows where the others are. Its version stays: the text is the same."""
    session.add(changed)
    message = of_contribution(changed) if changed.state == State.PUBLISHED else None
    if message is not None:
        await tell(session, changed, message)
    await session.flush()


async def _others(session: AsyncSession, found: Contribution) -> dict[UUID, str]:
    """The other members of its group, with their languages."""
    if found.translation_group is None:
        return {}
    columns: Any = table_of(Contribution).c
    query = select(columns.id, columns.language).where(
        columns.translation_group == found.translation_group, columns.id != found.id
    )
    return {row.id: row.language for row in await session.execute(query)}
