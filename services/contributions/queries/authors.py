"""Invitations to become an author."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.commands.authors import digest_of
from services.contributions.queries.contributions import C
from services.contributions.queries.people import author_names, people_of
from services.contributions.schemas.authors import InvitationOut, InvitationsOut, InvitedOut, NewInvitationOut
from services.contributions.schemas.fields import PersonOut
from services.contributions.tables import Contribution, Invitation, now
from services.contributions.workflow import UNPUBLISHED
from shared.auth.principal import Principal
from shared.http.problems import GONE, NOT_FOUND, Problem


async def invitations(session: AsyncSession, viewer: Principal, id: UUID) -> InvitationsOut:
    """Those that wait for an answer, oldest first. Two queries after the one for whose it is. Raises Problem 404."""
    mine = await session.exec(select(Contribution.id).where(C.id == id, C.authors.contains([viewer.id])))
    if mine.one_or_none() is None:
        raise Problem(NOT_FOUND, f"There is no contribution {id} of yours.")
    query = select(Invitation).where(
        col(Invitation.contribution_id) == id,
        col(Invitation.accepted_by).is_(None),
        col(Invitation.expires_at) > now(),
    )
    found = (await session.exec(query.order_by(col(Invitation.id)))).all()
    names = await author_names(session, {one.by for one in found})
    return InvitationsOut(items=[_out(one, names) for one in found])


async def invited(session: AsyncSession, viewer: Principal, secret: str) -> InvitedOut:
    """What a link invites to; also who accepted it already sees it. Raises Problem 410."""
    query = select(Invitation, Contribution).where(
        col(Invitation.digest) == digest_of(secret),
        col(Invitation.expires_at) > now(),
        col(Invitation.contribution_id) == C.id,
    )
    row = (await session.exec(query)).one_or_none()
    if row is None or row[0].accepted_by not in (None, viewer.id):
        raise Problem(GONE, "This invitation does not hold any more; ask its author for another.")
    invitation, contribution = row
    is_in = viewer.id in contribution.authors
    if not is_in and (contribution.state not in UNPUBLISHED or invitation.accepted_by is not None):
        raise Problem(GONE, "This invitation does not hold any more; ask its author for another.")
    names = await author_names(session, {*contribution.authors, invitation.by})
    return InvitedOut(
        **contribution.model_dump(include={"id", "kind", "language", "title", "summary"}),
        authors=people_of(contribution.authors, names),
        by=PersonOut(id=invitation.by, name=names.get(invitation.by, "")),
        expires_at=invitation.expires_at,
    )


async def new(session: AsyncSession, made: Invitation, secret: str) -> NewInvitationOut:
    """An invitation just made, with its secret."""
    names = await author_names(session, [made.by])
    return NewInvitationOut(**_out(made, names).model_dump(), secret=secret)


def _out(one: Invitation, names: dict[UUID, str]) -> InvitationOut:
    by = PersonOut(id=one.by, name=names.get(one.by, ""))
    return InvitationOut(id=one.id, note=one.note, by=by, at=one.at, expires_at=one.expires_at)
