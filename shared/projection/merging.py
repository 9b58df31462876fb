"""Makes the live tables of a projection what those of a run beside them are, in one transaction.

Rows are merged and no table is exchanged: readers see the one or the other and wait for neither, and names, rights
and indexes of the live tables stay. Statements are bounded, for each has a deadline.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.projection import index_tasks
from shared.projection.index_tasks import IndexTask
from shared.storage.database import Database

AT_ONCE = 20_000
"""Rows a statement merges."""

# `parked retry` in another process writes to them too: it waits, and readers do not.
_LOCK = text("LOCK TABLE applied, document, dirt, parked_message IN SHARE ROW EXCLUSIVE MODE")

_DOCUMENTS = """
    WITH chunk AS MATERIALIZED (
        SELECT id, epoch, ordinal, parent, refs, visible, rooted, state, indexed
        FROM {schema}.document WHERE id > :after ORDER BY id LIMIT :most
    ), merged AS (
        INSERT INTO document (id, epoch, ordinal, parent, refs, visible, rooted, state, indexed)
        SELECT * FROM chunk
        ON CONFLICT (id) DO UPDATE SET epoch = EXCLUDED.epoch, ordinal = EXCLUDED.ordinal,
            parent = EXCLUDED.parent, refs = EXCLUDED.refs, visible = EXCLUDED.visible, rooted = EXCLUDED.rooted,
            state = EXCLUDED.state, indexed = EXCLUDED.indexed
    )
    SELECT id FROM chunk ORDER BY id DESC LIMIT 1
"""
_GUARDS = """
    WITH chunk AS MATERIALIZED (
        SELECT consumer, topic, key, epoch, ordinal FROM {schema}.applied
        WHERE consumer = :consumer AND (topic, key) > (:topic, :key) ORDER BY topic, key LIMIT :most
    ), merged AS (
        INSERT INTO applied AS a (consumer, topic, key, epoch, ordinal)
        SELECT * FROM chunk
        ON CONFLICT (consumer, topic, key) DO UPDATE SET epoch = EXCLUDED.epoch, ordinal = EXCLUDED.ordinal
            WHERE (a.epoch, a.ordinal) <> (EXCLUDED.epoch, EXCLUDED.ordinal)
    )
    SELECT topic, key FROM chunk ORDER BY topic DESC, key DESC LIMIT 1
"""
_REST = (
    "DELETE FROM document d WHERE NOT EXISTS (SELECT FROM {schema}.document n WHERE n.id = d.id)",
    "DELETE FROM dirt",
    """
    DELETE FROM applied a WHERE a.consumer = :consumer AND NOT EXISTS (
        SELECT FROM {schema}.applied n WHERE n.consumer = a.consumer AND n.topic = a.topic AND n.key = a.key)
    """,
    """
    DELETE FROM parked_message p WHERE p.consumer = :consumer AND NOT EXISTS (
        SELECT FROM {schema}.parked_message n
        WHERE (n.consumer, n.topic, n.key, n.epoch, n.ordinal) = (p.consumer, p.topic, p.key, p.epoch, p.ordinal))
    """,
    """
    INSERT INTO parked_message (consumer, topic, key, epoch, ordinal, partition, "offset", headers, payload, error,
        attempts, parked_at)
    SELECT consumer, topic, key, epoch, ordinal, partition, "offset", headers, payload, error, attempts, parked_at
    FROM {schema}.parked_message WHERE consumer = :consumer
    ON CONFLICT (consumer, topic, key, epoch, ordinal) DO NOTHING
    """,
    # Whatever is marked from now on has a stamp that no document of the new generation has.
    "SELECT setval('stamp', greatest(nextval('stamp'), (SELECT last_value FROM {schema}.stamp)))",
)
_TO_BE_PURGED = "SELECT EXISTS (SELECT FROM {schema}.index_task WHERE kind = 'purge' AND finished_at IS NULL)"


async def merge(database: Database, task: IndexTask, schema: str, consumer: str) -> bool:
    """Make the live tables what those of ``schema`` are, and record it in the same transaction.

    Nothing may be left to be shown of them. False, and nothing is changed, if another run took the task over.
    """
    own = f'"{schema}"'
    async with database.transaction() as session:
        if not await index_tasks.swapped(session, task):
            return False
        await session.execute(_LOCK)
        await _merge_documents(session, own)
        await _merge_guards(session, own, consumer)
        for statement in _REST:
            bound = {"consumer": consumer} if ":consumer" in statement else {}
            await session.execute(text(statement.format(schema=own)), bound)
        if (await session.execute(text(_TO_BE_PURGED.format(schema=own)))).scalar_one():
            # The new generation was told of somebody first, and later that nobody may know of them.
            await index_tasks.ask(session, "purge")
    return True


async def _merge_documents(session: AsyncSession, schema: str) -> None:
    statement = text(_DOCUMENTS.format(schema=schema))
    after: str | None = ""
    while after is not None:
        after = (await session.execute(statement, {"after": after, "most": AT_ONCE})).scalar_one_or_none()


async def _merge_guards(session: AsyncSession, schema: str, consumer: str) -> None:
    statement, topic, key = text(_GUARDS.format(schema=schema)), "", ""
    while True:
        bound = {"consumer": consumer, "topic": topic, "key": key, "most": AT_ONCE}
        last = (await session.execute(statement, bound)).one_or_none()
        if last is None:
            return
        topic, key = last
