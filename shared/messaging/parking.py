"""Messages that could not be applied, set aside so that the others go on, and tried again on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging import guards
from shared.messaging.envelope import Incoming, open_envelope
from shared.messaging.log import Partition, Received
from shared.messaging.reactions import Reactions
from shared.storage.database import Database
from shared.storage.tables import parked_message

_SUPERSEDE = text("""
    DELETE FROM parked_message p
    USING unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:epochs AS bigint[]),
                 CAST(:ordinals AS bigint[])) AS t(topic, key, epoch, ordinal)
    WHERE p.consumer = :consumer AND p.topic = t.topic AND p.key = t.key
      AND (p.epoch, p.ordinal) <= (t.epoch, t.ordinal)
""")


@dataclass(frozen=True)
class Parked:
    """A message set aside."""

    id: int
    consumer: str
    received: Received
    epoch: int
    ordinal: int
    error: str
    attempts: int
    parked_at: datetime


class NotRetried(Exception):
    """The parked message stays where it is; the text says why."""


async def park(
    session: AsyncSession,
    consumer: str,
    received: Received,
    age: tuple[int, int],
    error: Exception,
    attempts: int,
) -> None:
    """Set a message aside; parking it again only counts the attempts."""
    row = insert(parked_message).values(
        consumer=consumer,
        topic=received.partition.topic,
        key=received.key,
        epoch=age[0],
        ordinal=age[1],
        partition=received.partition.number,
        offset=received.offset,
        # PostgreSQL's JSON holds no NUL: a header with one must not keep its message from being set aside.
        headers={name: value.decode(errors="replace").replace("\0", "\ufffd") for name, value in received.headers},
        payload=received.value,
        error=f"{type(error).__name__}: {error}"[:2000],
        attempts=attempts,
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["consumer", "topic", "key", "epoch", "ordinal"],
            set_={"attempts": parked_message.c.attempts + attempts, "error": row.excluded.error},
        )
    )


async def supersede(session: AsyncSession, consumer: str, messages: Sequence[Incoming]) -> None:
    """Forget parked states that a newer one of the same key has replaced."""
    await session.execute(
        _SUPERSEDE,
        {
            "consumer": consumer,
            "topics": [m.topic for m in messages],
            "keys": [m.key for m in messages],
            "epochs": [m.epoch for m in messages],
            "ordinals": [m.ordinal for m in messages],
        },
    )


async def count(session: AsyncSession) -> int:
    """How many are set aside."""
    return int((await session.execute(select(func.count()).select_from(parked_message))).scalar_one())


async def parked(session: AsyncSession, *, after: int = 0, limit: int = 100) -> list[Parked]:
    """A page of them, oldest first."""
    rows = await session.execute(
        select(parked_message).where(parked_message.c.id > after).order_by(parked_message.c.id).limit(limit)
    )
    return [_parked(row) for row in rows]


async def retry(database: Database, reactions: Sequence[Reactions], id: int) -> None:
    """Apply a parked state under its key's lock, if it still is the newest of its key.

    Raises NotRetried; then the message stays parked, with the new error.
    """
    try:
        async with database.transaction() as session:
            row = (await session.execute(select(parked_message).where(parked_message.c.id == id))).one_or_none()
            if row is None:
                raise NotRetried(f"no parked message {id}; `demain parked list` shows those there are")
            found = _parked(row)
            reaction_set = next((r for r in reactions if r.consumer == found.consumer), None)
            if reaction_set is None:
                raise NotRetried(f"consumer {found.consumer} does not exist any more")
            place = (found.received.partition.topic, found.received.key)
            age = (await guards.ages(session, found.consumer, [place]))[place]
            if found.epoch >= 0 and age > (found.epoch, found.ordinal):
                await session.execute(delete(parked_message).where(parked_message.c.id == id))
                return
            message = open_envelope(found.received)
            await reaction_set.of(message.topic).apply(session, [message])
            await guards.advance(session, found.consumer, [message])
            await session.execute(delete(parked_message).where(parked_message.c.id == id))
    except NotRetried:
        raise
    except Exception as error:
        async with database.transaction() as session:
            await session.execute(
                update(parked_message)
                .where(parked_message.c.id == id)
                .values(attempts=parked_message.c.attempts + 1, error=f"{type(error).__name__}: {error}"[:2000])
            )
        raise NotRetried(f"still fails: {type(error).__name__}: {error}") from error


def _parked(row: object) -> Parked:
    r = row._mapping  # type: ignore[attr-defined]
    received = Received(
        Partition(r["topic"], r["partition"]),
        r["offset"],
        r["key"],
        r["payload"],
        tuple((name, value.encode()) for name, value in r["headers"].items()),
    )
    return Parked(r["id"], r["consumer"], received, r["epoch"], r["ordinal"], r["error"], r["attempts"], r["parked_at"])
