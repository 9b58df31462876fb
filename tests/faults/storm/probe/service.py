"""What the probe declares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import MetaData, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.registry import SERVICES
from shared.http.route import service_router
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Reactions, StateReaction
from shared.runtime.service import Service

NAME = "probe"
TOPICS = tuple(topic for service in SERVICES for topic in service.topics)

_HEARD = text("INSERT INTO hearing (who, topic, key, epoch, ordinal) VALUES (:who, :topic, :key, :epoch, :ordinal)")


async def write_down(session: AsyncSession, who: str, messages: Sequence[Incoming]) -> None:
    """A row for each message."""
    for message in messages:
        row = {"topic": message.topic, "key": message.key, "epoch": message.epoch, "ordinal": message.ordinal}
        await session.execute(_HEARD, {"who": who, **row})


async def _hear(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    await write_down(session, NAME, messages)


async def _hide(session: AsyncSession, key: str) -> None:
    """Nothing is shown of what it heard."""


SERVICE = Service(
    name=NAME,
    title="Hears everything, and writes down each time",
    paths=("/api/probe",),
    router=service_router(),
    metadata=MetaData(),
    migrations=Path(__file__).parent / "migrations",
    reactions=Reactions(NAME, states=tuple(StateReaction(topic, _hear, _hide) for topic in TOPICS)),
)
