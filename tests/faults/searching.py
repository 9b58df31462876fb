"""Looks for words in everything an instance keeps: all tables of all databases, and all files of its data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import tantivy

from shared.search_index.tantivy.schema import PEOPLE
from shared.storage.database import DatabaseAddress

OF_POSTGRESQL = frozenset({"base", "global", "pg_wal", "pg_xact", "pg_multixact", "pg_stat", "pg_subtrans"})
"""Folders only PostgreSQL reads: what stands there is asked of it. Beside rows they hold what was a row once."""
CHANGING = "a generation of the index that changes"

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, 2
"""


async def tables_with(server: DatabaseAddress, words: Sequence[str]) -> set[str]:
    """``database.table`` of every table of the server with one of the words in any column, whatever its type.

    A row as text shows all its columns; those of bytes in hexadecimal, so the words are looked for that way too.
    """
    found: set[str] = set()
    first = await asyncpg.connect(server.dsn)
    try:
        names = [row["datname"] for row in await first.fetch("SELECT datname FROM pg_database WHERE datallowconn")]
    finally:
        await first.close()
    spelled = [word.lower() for word in words] + [word.encode().hex() for word in words]
    spelled += [word.lower().encode().hex() for word in words]
    for name in names:
        connection = await asyncpg.connect(server.dsn, database=name)
        try:
            for schema, table in await connection.fetch(_TABLES):
                query = f"""
                    SELECT EXISTS (SELECT FROM "{schema}"."{table}" AS one, unnest($1::text[]) AS word
                                   WHERE position(word IN lower(one::text)) > 0)
                """
                if await connection.fetchval(query, spelled):
                    found.add(f"{name}.{table}")
        finally:
            await connection.close()
    return found


async def files_with(folder: Path, words: Sequence[str]) -> set[str]:
    """Every file below a folder, and beside it, that holds one of the words, by its path from there."""
    return await asyncio.to_thread(_files_with, folder, [word.lower().encode() for word in words])


def generations_with(folder: Path, words: Sequence[str]) -> set[str]:
    """Every generation of the index below a folder whose dictionary of people's names has one of the words.

    The dictionary is packed, so that no search of the file finds them; and it keeps the words of documents that were
    taken out, until the file is written anew. One whose files are replaced or removed meanwhile counts as having it: it
    is not known.
    """
    found: set[str] = set()
    for about in folder.rglob("meta.json"):
        try:
            index = tantivy.Index.open(str(about.parent))
            index.reload()
        except ValueError:
            found.add(CHANGING)
            continue
        if any(index.searcher().doc_freq(PEOPLE, word) for word in words):
            found.add(about.parent.name)
    return found


def _files_with(folder: Path, words: Sequence[bytes]) -> set[str]:
    found: set[str] = set()
    for file in sorted((*folder.rglob("*"), *folder.parent.glob("*.out"))):
        if OF_POSTGRESQL.intersection(file.parts) or not file.is_file():
            continue
        try:
            content = file.read_bytes().lower()
        except FileNotFoundError:
            continue
        if any(word in content for word in words):
            found.add(str(file.relative_to(folder.parent)))
    return found
