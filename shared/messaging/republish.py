"""Saying it again: a service tells all its states with new ordinals, and what it no longer holds as gone.

For after a restore, a lost log, a new field in a contract, or a move from embedded to distributed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from shared.messaging import lineage
from shared.messaging.envelope import BadEnvelope, age_of
from shared.messaging.log import Log, UnknownTopic
from shared.messaging.outbox import tell, write
from shared.runtime.service import Service, StateTopic
from shared.storage.database import Database
from shared.storage.locks import lock

PAGE = 200

_WAITING = text("""
    SELECT DISTINCT ON (key) key, type, ordinal FROM outbox
    WHERE topic = :topic AND headers ->> 'epoch' = :epoch ORDER BY key, ordinal DESC
""")
"""The newest message of each key that is not on the log yet. Those of another epoch came with a backup."""


@dataclass
class Republished:
    """How much was said."""

    told: int = 0
    gone: int = 0


async def republish(
    service: Service, database: Database, log: Log, *, progress: Callable[[int], None] | None = None
) -> Republished:
    """Tell every state again, page by page, then every unknown key on the log as gone."""
    counted = Republished()
    for state in service.states:
        told = await _tell_all(state, database, counted, progress)
        await _tell_gone(state, database, log, told, counted)
    await lineage.settled(database)
    return counted


async def _tell_all(
    state: StateTopic, database: Database, counted: Republished, progress: Callable[[int], None] | None
) -> set[str]:
    """The keys that were told."""
    id = state.id_column
    after: Any = None
    told: set[str] = set()
    while True:
        async with database.transaction() as session:
            query = select(state.entity).order_by(id).limit(PAGE).with_for_update()
            if after is not None:
                query = query.where(id > after)
            entities: Sequence[Any] = (await session.exec(query)).all()
            for entity in entities:
                message = state.state(entity)
                if message is not None:
                    await tell(session, entity, message)
                    counted.told += 1
                    told.add(message.id)
        if progress is not None:
            progress(counted.told)
        if len(entities) < PAGE:
            return told
        after = entities[-1].id


async def _tell_gone(state: StateTopic, database: Database, log: Log, told: set[str], counted: Republished) -> None:
    """What others may still see and was not told: deleted here, or not public yet in the backup we came from."""
    newest = await _keys_on(state.topic.name, log)
    async with database.transaction() as session:
        held = {str(id): id for id in (await session.execute(select(state.id_column))).scalars()}
        waiting = {
            row.key: (row.type, row.ordinal)
            for row in await session.execute(_WAITING, {"topic": state.topic.name, "epoch": str(database.epoch)})
        }
        for key, on_log in newest.items():
            told_type, ordinal = waiting.get(key, on_log)
            if key in told or told_type == state.gone.TYPE:
                continue
            gone = state.gone(id=key)
            entity = await lock(session, state.entity, held[key]) if key in held else None
            if entity is None:
                await write(session, gone, ordinal=ordinal + 1)
            elif state.state(entity) is None:
                entity.ordinal = max(entity.ordinal, ordinal)
                await tell(session, entity, gone)
            else:
                continue  # told by a command meanwhile
            counted.gone += 1


async def _keys_on(topic: str, log: Log) -> dict[str, tuple[str | None, int]]:
    """Key → (type, ordinal) of its newest message on the log."""
    newest: dict[str, tuple[str | None, tuple[int, int]]] = {}
    reader = log.reader()
    try:
        partitions = await log.partitions(topic)
        await reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
            for record in await reader.poll(1.0):
                try:
                    age = age_of(record)
                except BadEnvelope:
                    continue
                if record.key not in newest or age > newest[record.key][1]:
                    newest[record.key] = (record.header("ce_type"), age)
    except UnknownTopic:
        return {}
    finally:
        await reader.close()
    return {key: (told_type, age[1]) for key, (told_type, age) in newest.items()}
