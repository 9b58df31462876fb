"""What tests of events plan."""

from __future__ import annotations

from typing import Any

import httpx

from shared.auth.principal import Role
from tests.support.service import ServiceUnderTest

FORUM: dict[str, Any] = {
    "language": "fr",
    "title": "La chaleur de la ville",
    "summary": "Deux jours sur l’énergie des quartiers.",
    "description": "## Programme\n\nDe l’**eau** du métro.",
    "venue": "Halle Tony-Garnier, Lyon",
    "zone": "Europe/Paris",
    "starts_on": "2090-03-25",
    "ends_on": "2090-03-26",
    "themes": ["energy"],
    "territories": ["lyon"],
    "tracks": ["Technique", "Citoyens"],
}
Headers = dict[str, str]


async def create(service: ServiceUnderTest, who: Headers, **changes: Any) -> dict[str, Any]:
    """A draft forum."""
    answer = await service.http.post("/api/forums", json={**FORUM, **changes}, headers=who)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def move(
    service: ServiceUnderTest, who: Headers, forum: dict[str, Any], action: str, reason: str | None = None
) -> httpx.Response:
    """Ask for a transition of the version at hand."""
    return await service.http.post(
        f"/api/forums/{forum['id']}/transitions", json={"action": action, "reason": reason}, headers=at(who, forum)
    )


async def publish(service: ServiceUnderTest, who: Headers | None = None, **changes: Any) -> dict[str, Any]:
    """A published forum."""
    organizer = who or service.someone(Role.ORGANIZER)
    published = await move(service, organizer, await create(service, organizer, **changes), "publish")
    assert published.status_code == 200, published.text
    return dict(published.json())


async def add_room(service: ServiceUnderTest, who: Headers, forum: dict[str, Any], name: str = "Grande salle") -> str:
    """A room of a forum; its id."""
    answer = await service.http.post(f"/api/forums/{forum['id']}/rooms", json={"name": name}, headers=who)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def try_session(
    service: ServiceUnderTest, who: Headers, forum: dict[str, Any], room: str, starts_at: str, **more: Any
) -> httpx.Response:
    """Ask for a session of an hour."""
    asked = {"title": "Chauffer un quartier", "room": room, "starts_at": starts_at, "minutes": 60, **more}
    return await service.http.post(f"/api/forums/{forum['id']}/sessions", json=asked, headers=who)


async def add_session(
    service: ServiceUnderTest, who: Headers, forum: dict[str, Any], room: str, starts_at: str, **more: Any
) -> dict[str, Any]:
    """A session of an hour."""
    answer = await try_session(service, who, forum, room, starts_at, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def at(who: Headers, entity: dict[str, Any]) -> Headers:
    """The headers of who changes the version at hand."""
    return {**who, "If-Match": f'"{entity["version"]}"'}
