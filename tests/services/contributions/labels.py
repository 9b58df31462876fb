"""What tests ask of themes and territories."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from services.contributions.mover import Mover, mover_of
from services.contributions.tables import Territory, Theme
from shared.auth.principal import Role
from shared.storage.tables import outbox
from tests.support.service import ServiceUnderTest
from tests.support.waiting import eventually

NAMES = {"fr": "Santé", "en": "Health"}


async def call(
    service: ServiceUnderTest, method: str, path: str, body: Any, *, version: int | str = "*", role: Role = Role.EDITOR
) -> httpx.Response:
    tag = "*" if version == "*" else f'"{version}"'
    return await service.http.request(
        method, f"/api/{path}", json=body, headers={**service.someone(role), "If-Match": tag}
    )


async def merge(service: ServiceUnderTest, path: str, into: str, version: int | str = "*") -> httpx.Response:
    return await call(service, "POST", f"{path}/merge", {"into": into}, version=version)


async def told(service: ServiceUnderTest, key: str) -> list[str]:
    """Types of the messages about an entity that wait to be sent, oldest first."""
    async with service.database.reading() as session:
        rows = await session.execute(select(outbox.c.type).where(outbox.c.key == key).order_by(outbox.c.ordinal))
        return [one.rpartition(".")[2] for one in rows.scalars()]


async def at_rest(service: ServiceUnderTest) -> None:
    """Wait until no contribution has a merged label any more."""

    async def rests() -> bool:
        async with service.database.reading() as session:
            left = 0
            for entity, column in ((Theme, "themes"), (Territory, "territories")):
                name = entity.__tablename__
                left += (
                    await session.execute(
                        text(
                            f"SELECT count(*) FROM contribution WHERE EXISTS (SELECT FROM {name} "
                            f"WHERE moved_to IS NOT NULL AND id = ANY (contribution.{column}))"
                        )
                    )
                ).scalar_one()
        return left == 0

    await eventually(rests)


async def without_its_own_mover(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves but what the test moves: the service's mover looked once at its start, and nobody wakes it."""
    await eventually(lambda: mover_of(service.resources).resting)
    monkeypatch.setattr(Mover, "wake", lambda _: None)
