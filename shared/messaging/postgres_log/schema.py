"""The tables of the log. The log creates them itself: no service owns this database."""

from __future__ import annotations

import uuid
from typing import Any

from shared.messaging.log import LogError

VERSION = 1

FENCED = "DM001"
"""SQLSTATE raised by ``log_append`` when the writer's epoch is not the newest."""

# Several processes or logs may start at once: one creates, the others wait.
_LOCK = 0x64656D61

_TABLES = """
CREATE TABLE IF NOT EXISTS log_meta (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    version integer NOT NULL,
    identity uuid NOT NULL
);

CREATE TABLE IF NOT EXISTS topic (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE,
    state boolean NOT NULL,
    retention interval NOT NULL
);

-- next_offset is taken and raised in the transaction that inserts the records. The row's lock is held
-- until the commit, so that a reader sees a partition's offsets in order and never one that appears
-- behind it (a sequence hands out 5 and 6, and 6 may be committed before 5).
CREATE TABLE IF NOT EXISTS partition (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    topic_id integer NOT NULL REFERENCES topic,
    number integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    UNIQUE (topic_id, number)
) WITH (fillfactor = 50);

-- Apart from `partition`, so that housekeeping never waits for writers nor they for it.
CREATE TABLE IF NOT EXISTS upkeep (
    partition_id integer PRIMARY KEY REFERENCES partition,
    begin_offset bigint NOT NULL DEFAULT 0,
    compacted_to bigint NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS record (
    partition_id integer NOT NULL,
    record_offset bigint NOT NULL,
    at_ms bigint NOT NULL,
    state boolean NOT NULL,
    key bytea NOT NULL,
    value bytea,
    headers text NOT NULL,
    PRIMARY KEY (partition_id, record_offset)
);
CREATE INDEX IF NOT EXISTS record_key ON record (partition_id, key, record_offset) WHERE state;
CREATE INDEX IF NOT EXISTS record_tombstone ON record (partition_id, record_offset) WHERE state AND value IS NULL;

CREATE TABLE IF NOT EXISTS writer (
    name text PRIMARY KEY,
    epoch bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS committed (
    group_name text NOT NULL,
    partition_id integer NOT NULL REFERENCES partition,
    next_offset bigint NOT NULL,
    PRIMARY KEY (group_name, partition_id)
);

-- One batch in one round trip and one commit. `slots[i]` says which of `partitions` (sorted, so that two
-- writers never lock them crosswise) record i goes to, `ranks[i]` its place among those of the batch there.
CREATE OR REPLACE FUNCTION log_append(
    writer_name text, writer_epoch bigint, partitions integer[], counts bigint[],
    slots integer[], ranks bigint[], keys bytea[], bodies bytea[], heads text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bases bigint[] := '{}';
    states boolean[] := '{}';
    base bigint;
    compacted boolean;
    now_ms bigint;
BEGIN
    -- FOR SHARE conflicts with the UPDATE by which a newer writer takes the name.
    PERFORM FROM writer w WHERE w.name = writer_name AND w.epoch = writer_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fenced' USING ERRCODE = 'DM001';
    END IF;
    FOR i IN 1 .. cardinality(partitions) LOOP
        UPDATE partition p SET next_offset = p.next_offset + counts[i]
         FROM topic t
         WHERE p.id = partitions[i] AND t.id = p.topic_id
         RETURNING p.next_offset - counts[i], t.state INTO STRICT base, compacted;
        bases := bases || base;
        states := states || compacted;
    END LOOP;
    -- Read under the locks: within a partition the times rise with the offsets, as far as the clock does.
    now_ms := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    INSERT INTO record (partition_id, record_offset, at_ms, state, key, value, headers)
    SELECT partitions[r.slot], bases[r.slot] + r.rank, now_ms, states[r.slot], r.key, r.body, r.head
      FROM unnest(slots, ranks, keys, bodies, heads) AS r(slot, rank, key, body, head);
END $$;
"""


async def prepare(connection: Any) -> uuid.UUID:
    """Create what is missing and return the log's identity.

    Raises LogError when a newer Demain wrote the tables.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        there = await connection.fetchval("SELECT to_regclass('log_meta') IS NOT NULL")
        version = await connection.fetchval("SELECT version FROM log_meta") if there else None
        if version is not None and version > VERSION:
            raise LogError(
                f"the log's tables have version {version}, this Demain knows {VERSION}: run the newer Demain"
            )
        if version != VERSION:
            await connection.execute(_TABLES)
            await connection.execute(
                "INSERT INTO log_meta (version, identity) VALUES ($1, $2) "
                "ON CONFLICT (sole) DO UPDATE SET version = excluded.version",
                VERSION,
                uuid.uuid4(),
            )
        identity: uuid.UUID = await connection.fetchval("SELECT identity FROM log_meta")
        return identity
