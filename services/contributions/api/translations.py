"""Translations of a contribution."""

from __future__ import annotations

from uuid import UUID

from services.contributions.commands import translations as commands
from services.contributions.problems import TRANSLATED
from services.contributions.queries.contributions import whole
from services.contributions.schemas.contributions import ContributionOut
from services.contributions.schemas.translations import TranslationIn
from shared.http.access import SignedIn
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.put("/api/contributions/{id}/translations")
@failing(TRANSLATED)
async def link(id: UUID, asked: TranslationIn, actor: SignedIn, expected: IfMatch, session: Session) -> ContributionOut:
    """Say that another contribution is the same text in another language; it says so too then."""
    return await whole(session, actor, await commands.link(session, actor, id, expected, asked.contribution))


@router.delete("/api/contributions/{id}/translations")
async def unlink(id: UUID, actor: SignedIn, expected: IfMatch, session: Session) -> ContributionOut:
    """Say that it is no translation of the others."""
    return await whole(session, actor, await commands.unlink(session, actor, id, expected))
