"""The life of a contribution so far, with the reasons that were given."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from services.web.language import N_
from services.web.page import Page
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, PastStep

DONE = {
    "submit": N_("Soumis à la rédaction"),
    "recall": N_("Repris par son auteur"),
    "return": N_("Modifications demandées"),
    "publish": N_("Publié"),
    "schedule": N_("Publication programmée"),
    "unschedule": N_("Publication déprogrammée"),
    "withdraw": N_("Retiré"),
}
"""What each transition did."""


async def read(page: Page, id: str) -> list[PastStep]:
    """What the visitor may know of it. Raises what the client raises."""
    token = await page.token_if_possible()
    return (await page.client(ContributionsClient).history(id, token=token)).items


async def last_remark(page: Page, id: str) -> PastStep | None:
    """What editors asked for, of a text that came back and was not submitted since; None when it cannot be had."""
    with contextlib.suppress(ServiceDown, ServiceProblem, ValidationError):
        steps = await read(page, id)
        if steps and steps[-1].action == "return":
            return steps[-1]
    return None


async def block(page: Page, contribution: Contribution) -> Mapping[str, Any] | None:
    """For its authors and editors; readers have the date of publication."""
    if not contribution.actions and contribution.state == "published":
        return None
    steps = await read(page, contribution.id)
    return {"steps": steps, "done": DONE} if steps else None
