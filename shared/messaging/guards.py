"""Once in effect: which messages of a batch are new, remembered in the transaction that applies them.

A row per key holds the newest (epoch, ordinal) applied. A table of message ids would let an older state win
after a redelivery, and grow for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging.envelope import Incoming
from shared.messaging.log import Partition

Key = tuple[str, str]
"""(topic, key)."""

# The update changes nothing: it locks the row and reads it as it is now, in the same round trip.
_LOCK = text("""
    INSERT INTO applied (consumer, topic, key, epoch, ordinal)
    SELECT :consumer, topic, key, 0, 0
    FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS t(topic, key) ORDER BY topic, key
    ON CONFLICT (consumer, topic, key) DO UPDATE SET ordinal = applied.ordinal
    RETURNING topic, key, epoch, ordinal
""")
# Reads, compares and remembers in one statement, so that a batch writes each row once. A row that is not advanced is
# locked all the same. In key order, so that two batches cannot wait for one another.
_CLAIM = text("""
    INSERT INTO applied AS a (consumer, topic, key, epoch, ordinal)
    SELECT :consumer, topic, key, epoch, ordinal
    FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:epochs AS bigint[]),
                CAST(:ordinals AS bigint[])) AS t(topic, key, epoch, ordinal) ORDER BY topic, key
    ON CONFLICT (consumer, topic, key) DO UPDATE SET epoch = EXCLUDED.epoch, ordinal = EXCLUDED.ordinal
    WHERE (a.epoch, a.ordinal) < (EXCLUDED.epoch, EXCLUDED.ordinal)
    RETURNING topic, key
""")
_ADVANCE = text("""
    UPDATE applied a SET epoch = t.epoch, ordinal = t.ordinal
    FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:epochs AS bigint[]),
                CAST(:ordinals AS bigint[])) AS t(topic, key, epoch, ordinal)
    WHERE a.consumer = :consumer AND a.topic = t.topic AND a.key = t.key
""")
_OFFSETS = text("""
    INSERT INTO consumed (consumer, log, topic, partition, next_offset)
    SELECT :consumer, :log, topic, partition, next_offset
    FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
         AS t(topic, partition, next_offset) ORDER BY topic, partition
    ON CONFLICT (consumer, log, topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
""")
_STORED = text("""
    SELECT topic, partition, next_offset FROM consumed WHERE consumer = :consumer AND log = :log
""")


async def ages(session: AsyncSession, consumer: str, keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """Lock the guard rows of these keys, in key order, and tell what was applied of each."""
    ordered = sorted(set(keys))
    bound = {"consumer": consumer, "topics": [t for t, _ in ordered], "keys": [k for _, k in ordered]}
    rows = await session.execute(_LOCK, bound)
    return {(topic, key): (epoch, ordinal) for topic, key, epoch, ordinal in rows}


async def newest(session: AsyncSession, consumer: str, messages: Sequence[Incoming]) -> list[Incoming]:
    """The messages that must be applied: of each key the newest, if it is newer than what was applied.

    They are remembered as applied at once: whoever applies them does so in this transaction, or undoes both.
    """
    latest: dict[Key, Incoming] = {}
    for message in messages:
        known = latest.get((message.topic, message.key))
        if known is None or message.age > known.age:
            latest[message.topic, message.key] = message
    rows = await session.execute(_CLAIM, _bound(consumer, {key: m.age for key, m in latest.items()}))
    claimed = {(topic, key) for topic, key in rows}
    return [message for key, message in latest.items() if key in claimed]


async def advance(session: AsyncSession, consumer: str, messages: Sequence[Incoming]) -> None:
    """Remember these as applied."""
    await _advance(session, consumer, {(m.topic, m.key): m.age for m in messages})


async def advance_to(session: AsyncSession, consumer: str, key: Key, age: tuple[int, int]) -> None:
    """Remember a message as dealt with that could not be read."""
    await _advance(session, consumer, {key: age})


async def _advance(session: AsyncSession, consumer: str, reached: Mapping[Key, tuple[int, int]]) -> None:
    await session.execute(_ADVANCE, _bound(consumer, reached))


def _bound(consumer: str, reached: Mapping[Key, tuple[int, int]]) -> dict[str, object]:
    return {
        "consumer": consumer,
        "topics": [topic for topic, _ in reached],
        "keys": [key for _, key in reached],
        "epochs": [epoch for epoch, _ in reached.values()],
        "ordinals": [ordinal for _, ordinal in reached.values()],
    }


async def store_offsets(session: AsyncSession, consumer: str, log: str, offsets: Mapping[Partition, int]) -> None:
    """Remember where to read on, beside what was applied."""
    places = sorted(offsets)
    await session.execute(
        _OFFSETS,
        {
            "consumer": consumer,
            "log": log,
            "topics": [p.topic for p in places],
            "partitions": [p.number for p in places],
            "offsets": [offsets[p] for p in places],
        },
    )


async def stored_offsets(session: AsyncSession, consumer: str, log: str) -> dict[Partition, int]:
    """Where this consumer reads on in this log."""
    rows = await session.execute(_STORED, {"consumer": consumer, "log": log})
    return {Partition(row.topic, row.partition): row.next_offset for row in rows}
