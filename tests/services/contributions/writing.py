"""What tests of contributions write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.auth.principal import Role
from tests.support.service import ServiceUnderTest

DRAFT: dict[str, Any] = {
    "kind": "study",
    "language": "fr",
    "title": "Chauffer un quartier avec l’eau de son métro",
    "summary": "Trois hivers de mesures.",
    "body": "## Méthode\n\nDe l’**énergie** et de la mobilité.",
    "themes": ["energy"],
    "territories": ["lyon"],
}


async def create(service: ServiceUnderTest, who: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A draft."""
    answer = await service.http.post("/api/contributions", json={**DRAFT, **changes}, headers=who)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def move(
    service: ServiceUnderTest,
    who: dict[str, str],
    entity: dict[str, Any],
    action: str,
    reason: str | None = None,
    **more: Any,
) -> httpx.Response:
    """Ask for a transition of the version at hand."""
    return await service.http.post(
        f"/api/contributions/{entity['id']}/transitions",
        json={"action": action, "reason": reason, **more},
        headers={**who, "If-Match": f'"{entity["version"]}"'},
    )


async def send_back(service: ServiceUnderTest, who: dict[str, str], reason: str = "Citez.") -> dict[str, Any]:
    """A contribution whose editors request changes."""
    submitted = await move(service, who, await create(service, who), "submit")
    returned = await move(service, service.someone(Role.EDITOR), submitted.json(), "return", reason)
    assert returned.status_code == 200, returned.text
    return dict(returned.json())


async def schedule(
    service: ServiceUnderTest, who: dict[str, str] | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """A contribution to be published ``at``, else tomorrow."""
    author = who or service.someone(Role.EXPERT)
    submitted = await move(service, author, await create(service, author), "submit")
    at = at or datetime.now(UTC) + timedelta(days=1)
    scheduled = await move(service, service.someone(Role.EDITOR), submitted.json(), "publish", at=at.isoformat())
    assert scheduled.status_code == 200, scheduled.text
    return dict(scheduled.json())


async def publish(service: ServiceUnderTest, who: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A published contribution."""
    author = who or service.someone(Role.EXPERT)
    draft = await create(service, author, **changes)
    submitted = await move(service, author, draft, "submit")
    assert submitted.status_code == 200, submitted.text
    published = await move(service, service.someone(Role.EDITOR), submitted.json(), "publish")
    assert published.status_code == 200, published.text
    return dict(published.json())
