"""What the reviews of applications come to, in one query for a page of them. Who has an interest does not count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import conflicts, scoring
from services.partners.schemas.applications import EvaluationOut
from services.partners.tables import Application, Assignment, Call, Review
from shared.storage.among import among
from shared.storage.tables import table_of

A: Any = table_of(Application).c
C: Any = table_of(Call).c
G: Any = table_of(Assignment).c
R: Any = table_of(Review).c

NONE = EvaluationOut(assigned=0, submitted=0, total=None)


async def of_applications(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, EvaluationOut]:
    """By application; none for those without a reviewer. One query; none for no ids."""
    if not ids:
        return {}
    query = (
        select(G.application_id, R.state, R.scores, C.criteria, C.top_score)
        .join(Application, A.id == G.application_id)
        .join(Call, C.id == A.call_id)
        .outerjoin(Review, and_(R.application_id == G.application_id, R.reviewer == G.reviewer))
        .where(among(G.application_id, ids), conflicts.interest(G.reviewer, A.organization_id).is_(None))
    )
    assigned: dict[UUID, int] = defaultdict(int)
    totals: dict[UUID, list[Fraction]] = defaultdict(list)
    for row in await session.execute(query):
        assigned[row.application_id] += 1
        if row.state == "submitted":
            found = scoring.total(row.scores, weights_of(row.criteria), row.top_score)
            if found is not None:
                totals[row.application_id].append(found)
    return {
        id: EvaluationOut(assigned=count, submitted=len(totals[id]), total=scoring.shown(scoring.mean(totals[id])))
        for id, count in assigned.items()
    }


def weights_of(criteria: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Criterion → weight."""
    return {one["id"]: one["weight"] for one in criteria}
