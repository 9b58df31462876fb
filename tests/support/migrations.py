"""Do a service's migrations make the tables its code means? Asked of the database, in two ways.

Alembic's own comparison knows types and defaults but not check or exclusion constraints; the catalogue of a
database made by ``create_all`` knows everything. They must both find no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.runtime.service import Service
from shared.storage.database import DatabaseAddress
from shared.storage.tables import PLATFORM
from tests.support.postgres import TestServer

VERSION_TABLES = frozenset({"platform_version", "service_version"})

_CATALOGUE = {
    "column": """
        SELECT c.relname, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                                    'collate ' || o.collname, CASE WHEN a.attnotnull THEN 'not null' END,
                                    'default ' || pg_get_expr(d.adbin, d.adrelid),
                                    'identity ' || nullif(a.attidentity::text, ''),
                                    'generated ' || nullif(a.attgenerated::text, ''))
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation o ON o.oid = a.attcollation
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace""",
    "constraint": """
        SELECT c.relname, k.conname || ' ' || pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'""",
    "index": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


async def differences(server: TestServer, service: Service, *, prepare: Iterable[str] = ()) -> list[str]:
    """What the migrations make and the metadata does not mean, and the other way round; empty if they agree.

    ``prepare`` are statements the tables need first, such as ``CREATE EXTENSION btree_gist``.
    """
    migrated = await server.fresh(service)
    meant = await server.empty(f"{service.name}_meant")
    for statement in prepare:
        await _execute(meant, statement)
    both = [PLATFORM, service.metadata]
    await _create_all(meant, both)
    found = await _catalogue(migrated) ^ await _catalogue(meant)
    there = await _catalogue(migrated)
    said = [f"only {'migrated' if one in there else 'meant'}: {one}" for one in sorted(found)]
    return said + await _alembic(migrated, both)


async def _execute(address: DatabaseAddress, statement: str) -> None:
    connection = await asyncpg.connect(address.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _create_all(address: DatabaseAddress, metadata: Sequence[MetaData]) -> None:
    engine = create_async_engine(address.direct, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for one in metadata:
                await connection.run_sync(one.create_all)
    finally:
        await engine.dispose()


async def _catalogue(address: DatabaseAddress) -> set[str]:
    connection = await asyncpg.connect(address.dsn)
    try:
        return {
            f"{kind} of {table}: {text}"
            for kind, query in _CATALOGUE.items()
            for table, text in await connection.fetch(query)
            if table not in VERSION_TABLES
        }
    finally:
        await connection.close()


async def _alembic(address: DatabaseAddress, metadata: Sequence[MetaData]) -> list[str]:
    def compare(connection: Connection) -> list[str]:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "target_metadata": list(metadata),
            "include_name": lambda name, kind, _: kind != "table" or name not in VERSION_TABLES,
        }
        context = MigrationContext.configure(connection, opts=options)
        return [f"alembic: {one}" for one in compare_metadata(context, list(metadata))]  # type: ignore[arg-type]

    engine = create_async_engine(address.direct, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()
