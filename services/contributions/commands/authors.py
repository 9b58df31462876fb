"""Who writes a contribution: others are invited by a link, accept, put themselves in order, leave.

Whoever has the link and an account may accept. Nobody is looked up by address, so nobody learns who has an account.
Every change is made under the contribution's lock; it does not disturb who is writing (`Contribution.version` stays)
unless the text is public.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy
from services.contributions.commands.contributions import changed
from services.contributions.schemas.authors import MOST_AUTHORS, InvitationIn
from services.contributions.tables import Contribution, Invitation, now
from services.contributions.workflow import UNPUBLISHED, State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, INVALID, NOT_FOUND, Problem
from shared.storage.locks import lock

LASTS = timedelta(days=14)
"""How long an invitation holds."""
MOST_OPEN = 10
"""Invitations of one contribution that may hold at the same time."""


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. It has 256 random bits, so that a fast hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


async def invite(session: AsyncSession, actor: Principal, id: UUID, asked: InvitationIn) -> tuple[Invitation, str]:
    """A new invitation and the secret of its link, which is told this once. Raises Problem 403, 404, 409."""
    contribution = await _of_theirs(session, actor, id)
    _still_open(contribution)
    await session.exec(delete(Invitation).where(col(Invitation.expires_at) < now()))
    held = select(func.count()).where(col(Invitation.contribution_id) == id, col(Invitation.accepted_by).is_(None))
    if (await session.execute(held)).scalar_one() >= MOST_OPEN:
        raise Problem(CONFLICT, f"{MOST_OPEN} invitations are waiting already; take one back first.")
    _room_for_one_more(contribution)
    secret = secrets.token_urlsafe(32)
    made = Invitation(
        contribution_id=id, digest=digest_of(secret), by=actor.id, expires_at=now() + LASTS, note=asked.note
    )
    session.add(made)
    await session.flush()
    return made, secret


async def take_back(session: AsyncSession, actor: Principal, id: UUID, invitation_id: UUID) -> None:
    """Make a link worthless. Raises Problem 403, 404."""
    await _of_theirs(session, actor, id)
    found = await session.get(Invitation, invitation_id)
    if found is None or found.contribution_id != id or found.accepted_by is not None:
        raise Problem(NOT_FOUND, f"There is no invitation {invitation_id} to contribution {id}.")
    await session.delete(found)
    await session.flush()


async def accept(session: AsyncSession, actor: Principal, secret: str) -> Contribution:
    """Become an author; done twice by the same person it is done once. Raises Problem 409, 410."""
    contribution, invitation = await _invited(session, secret)
    if invitation.accepted_by not in (None, actor.id):
        raise _no_longer()
    if actor.id in contribution.authors:
        return contribution
    if invitation.accepted_by is not None:
        # They accepted, and left since: who is to come back is asked anew.
        raise _no_longer()
    _still_open(contribution)
    _room_for_one_more(contribution)
    contribution.authors = [*contribution.authors, actor.id]
    invitation.accepted_by, invitation.note = actor.id, ""
    session.add_all([contribution, invitation])
    await session.flush()
    return contribution


async def order(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, authors: list[UUID]
) -> Contribution:
    """Name the authors in this order. Raises Problem 403, 404, 409, 412, 422."""
    contribution = await _of_theirs(session, actor, id)
    expected.check(contribution.version)
    _still_open(contribution)
    if Counter(authors) != Counter(contribution.authors):
        raise Problem(INVALID, errors=[("authors", "name each of its authors once, and nobody else")])
    contribution.authors = authors
    session.add(contribution)
    await session.flush()
    return contribution


async def leave(session: AsyncSession, actor: Principal, id: UUID, expected: Expected, person: UUID) -> None:
    """Take one's own name off; the last author answers for the text and stays. Raises Problem 403, 404, 409, 412."""
    contribution = await _of_theirs(session, actor, id)
    if person != actor.id:
        raise Problem(FORBIDDEN, "Authors leave by themselves; nobody is sent away.")
    expected.check(contribution.version)
    if contribution.state == State.WITHDRAWN:
        raise Problem(CONFLICT, "A contribution that is withdrawn changes no more.")
    if not policy.may_leave(actor, State(contribution.state), contribution.authors):
        raise Problem(CONFLICT, "You are its last author; withdraw the text, or invite somebody first.")
    contribution.authors = [one for one in contribution.authors if one != person]
    if contribution.state == State.PUBLISHED:
        await changed(session, contribution)
        return
    session.add(contribution)
    await session.flush()


async def _of_theirs(session: AsyncSession, actor: Principal, id: UUID) -> Contribution:
    contribution = await lock(session, Contribution, id)
    if contribution is None or not policy.may_read(actor, State(contribution.state), contribution.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you.")
    if actor.id not in contribution.authors:
        raise Problem(FORBIDDEN, "Only its authors say who writes a contribution.")
    return contribution


async def _invited(session: AsyncSession, secret: str) -> tuple[Contribution, Invitation]:
    """Both as they are now. The contribution is locked first, as everywhere, so that nobody waits for each other."""
    digest = digest_of(secret)
    query = select(col(Invitation.contribution_id), col(Invitation.id)).where(col(Invitation.digest) == digest)
    row = (await session.execute(query)).one_or_none()
    contribution = await lock(session, Contribution, row.contribution_id) if row is not None else None
    invitation = await lock(session, Invitation, row.id) if row is not None else None
    if contribution is None or invitation is None or invitation.expires_at <= now():
        raise _no_longer()
    return contribution, invitation


def _still_open(contribution: Contribution) -> None:
    if contribution.state not in UNPUBLISHED:
        raise Problem(CONFLICT, f"A contribution that is {contribution.state} keeps the authors its readers know.")


def _room_for_one_more(contribution: Contribution) -> None:
    if len(contribution.authors) >= MOST_AUTHORS:
        raise Problem(CONFLICT, f"A contribution has {MOST_AUTHORS} authors at most.")


def _no_longer() -> Problem:
    return Problem(GONE, "This invitation does not hold any more; ask its author for another.")
