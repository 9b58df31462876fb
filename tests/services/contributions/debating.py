"""What tests of debates say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from shared.auth.principal import Role
from tests.support.service import ServiceUnderTest

DEBATE: dict[str, Any] = {
    "question": "Faut-il chauffer un quartier avec l’eau de son métro ?",
    "introduction": "Trois hivers de mesures disent ce que la chaleur du sous-sol **peut remplacer**.",
    "themes": ["energy"],
    "territories": ["lyon"],
}


def ahead(**spans: float) -> str:
    """An instant to come."""
    return (datetime.now(UTC) + timedelta(**spans)).isoformat()


async def open_debate(service: ServiceUnderTest, who: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A debate that is open for a week unless said otherwise."""
    asked = {**DEBATE, "closes_at": ahead(days=7), **changes}
    answer = await service.http.post("/api/debates", json=asked, headers=who or service.someone(Role.EXPERT))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def argue(
    service: ServiceUnderTest,
    debate: dict[str, Any],
    who: dict[str, str] | None = None,
    body: str = "La chaleur est là, sous nos pieds, et personne ne la prend.",
    position: str | None = "for",
    answers: str | None = None,
) -> dict[str, Any]:
    """An argument, or a reply to one."""
    said = {"body": body, "position": None if answers else position, "answers": answers}
    path = f"/api/debates/{debate['id']}/arguments"
    answer = await service.http.post(path, json=said, headers=who or service.someone(Role.CITIZEN))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def moderate(
    service: ServiceUnderTest, argument: dict[str, Any], action: str, who: dict[str, str] | None = None
) -> httpx.Response:
    """Decide as a moderator; what has to be said is said."""
    asked: dict[str, Any] = {"action": action, "reason": "Des personnes y sont nommées."}
    if action == "hide":
        asked["rule"] = "privacy"
    return await service.http.post(
        f"/api/arguments/{argument['id']}/moderation", json=asked, headers=who or service.someone(Role.MODERATOR)
    )


async def move_debate(
    service: ServiceUnderTest, who: dict[str, str], debate: dict[str, Any], action: str, reason: str | None = None
) -> httpx.Response:
    """Close or withdraw the version at hand."""
    return await service.http.post(
        f"/api/debates/{debate['id']}/transitions",
        json={"action": action, "reason": reason},
        headers={**who, "If-Match": f'"{debate["version"]}"'},
    )


async def is_over(service: ServiceUnderTest, debate: dict[str, Any]) -> None:
    """Its closing has come."""
    async with service.database.transaction() as session:
        await session.execute(
            text("UPDATE debate SET opens_at = now() - interval '2 days', closes_at = now() WHERE id = :id"),
            {"id": UUID(debate["id"])},
        )


async def told(service: ServiceUnderTest, id: str) -> list[str]:
    """The types of the messages about an entity, in order."""
    async with service.database.transaction() as session:
        rows = await session.execute(text("SELECT type FROM outbox WHERE key = :key ORDER BY seq"), {"key": id})
        return [row.type.rpartition(".")[2] for row in rows]
