"""A draft whose first saving was answered to nobody: the next one goes on from it instead of being refused."""

from __future__ import annotations

from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, Draft

KEY_REUSED = "urn:demain:problem:idempotency-key-reused"


async def create_or_go_on(client: ContributionsClient, draft: Draft, key: str, token: str) -> Contribution:
    """Create a draft; if the form's key made one already, whose answer was lost, change that one.

    Raises ServiceProblem, also 412 when somebody changed it since.
    """
    try:
        return await client.create(draft, token=token, key=key or None)
    except ServiceProblem as problem:
        made = str(problem.extra.get("location", "")).rpartition("/")[2]
        version = str(problem.extra.get("etag", "")).strip('"')
        if problem.type != KEY_REUSED or not made or not version.isdecimal():
            raise
    return await client.edit(made, int(version), draft.model_dump(), token=token)
