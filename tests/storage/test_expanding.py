"""Each migration after the last release leaves the code of that release what it needs, or says that it contracts.

The migrations run one by one on a database of their own, and the catalogue is compared before and after, so that raw
SQL is seen like everything else. What a lock does to those who wait for it is not in the catalogue: that an index on a
table that was there is made CONCURRENTLY is read from the statements.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Engine, event

from services.registry import SERVICES
from shared.storage import migrations
from shared.storage.database import DatabaseAddress
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.support.histories import gone_on, oldest_first, up_to
from tests.support.postgres import TestServer

RELEASED: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parents[2] / "deploy" / "released.toml").read_text(encoding="utf-8")
)
LAST = list(RELEASED.values())[-1]
FOLDERS = {"platform": migrations.PLATFORM_HISTORY, **{one.name: one.migrations for one in SERVICES}}

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull,
           a.atthasdef OR a.attidentity <> '' AS filled
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"""
_RULES = """
    SELECT c.relname, k.conname AS name, k.contype = 'c' AS checks,
           ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY(k.conkey)) AS columns
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
    UNION
    SELECT c.relname, x.relname, false,
           ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY(i.indkey))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace"""
_WIDER = re.compile(r"character varying(\(\d+\))? -> text")
_INDEX = re.compile(r"\s*CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY\b).*?\bON (?:ONLY )?\"?(\w+)", re.IGNORECASE)
_CHANGES = re.compile(r"\s*(CREATE|ALTER|DROP|INSERT|DELETE|UPDATE (?!\w+_version\b))", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """What code relies on about a column."""

    kind: str
    required: bool
    filled: bool
    """Whether PostgreSQL gives a value to a row that names none."""


@dataclass(frozen=True)
class Catalogue:
    """The tables of a database."""

    columns: dict[tuple[str, str], Column]
    rules: dict[tuple[str, str], tuple[bool, frozenset[str]]]
    """(table, constraint or unique index) → whether it checks, and its columns."""

    @property
    def tables(self) -> set[str]:
        """Their names."""
        return {table for table, _ in self.columns}


async def catalogue(address: DatabaseAddress) -> Catalogue:
    """As it is now."""
    connection = await asyncpg.connect(address.dsn)
    try:
        columns, rules = await connection.fetch(_COLUMNS), await connection.fetch(_RULES)
    finally:
        await connection.close()
    return Catalogue(
        {(one[0], one[1]): Column(one["kind"], one["attnotnull"], one["filled"]) for one in columns},
        {(one[0], one[1]): (one["checks"], frozenset(one["columns"])) for one in rules},
    )


def breaks(before: Catalogue, after: Catalogue, statements: list[str]) -> Iterator[str]:
    """What the code that knew ``before`` cannot live with in ``after``, or could not while it was made."""
    yield from (f"drops or renames table {one}" for one in sorted(before.tables - after.tables))
    kept = before.tables & after.tables
    for (table, name), was in before.columns.items():
        now = after.columns.get((table, name))
        if table in kept and now is None:
            yield f"drops or renames {table}.{name}"
        elif now is not None:
            if now.kind != was.kind and not _WIDER.fullmatch(f"{was.kind} -> {now.kind}"):
                yield f"makes {table}.{name} {now.kind}, which was {was.kind}"
            if now.required and not was.required:
                yield f"makes {table}.{name} NOT NULL"
            if was.filled and not now.filled:
                yield f"takes the default of {table}.{name}"
    new = {one for one in after.columns if one[0] in kept and one not in before.columns}
    for table, name in sorted(new):
        if after.columns[table, name].required and not after.columns[table, name].filled:
            yield f"adds {table}.{name} NOT NULL without a server default"
    for (table, name), (checks, columns) in after.rules.items():
        if table not in kept or (table, name) in before.rules:
            continue
        # Rows of older code leave a new nullable column empty, which no key and no unique index minds.
        empty = {one for one in columns if (table, one) in new and not after.columns[table, one].required}
        empty -= {one for one in empty if after.columns[table, one].filled}
        if not (columns <= empty if checks else empty):
            yield f"limits with {name} what rows of {table} may hold"
    for one in statements:
        made = _INDEX.match(one)
        if made is not None and made[1] in before.tables:
            yield f"makes an index on {made[1]} without CONCURRENTLY"
    changes = [one for one in statements if _CHANGES.match(one)]
    if any("CONCURRENTLY" in one for one in changes) and len(changes) > 1:
        # Broken off, what was committed before would be done again.
        yield "makes an index CONCURRENTLY and does something else, too"


@contextmanager
def said_to_postgres() -> Iterator[list[str]]:
    """Every statement of the block."""
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def step(address: DatabaseAddress, folder: Path) -> list[str]:
    """Run the last migration of a history; what it breaks."""
    before = await catalogue(address)
    with said_to_postgres() as statements:
        assert len(await migrations.upgrade(address, folder)) == 1
    return list(breaks(before, await catalogue(address), statements))


def contraction(folder: Path, revision: str) -> str | None:
    """The revision that a migration says it follows."""
    script = migrations.History(folder, "service_version").scripts.get_revision(revision)
    assert script is not None
    return getattr(script.module, "CONTRACTS", None)


async def unfit(server: TestServer, folder: Path, released: str | None, tmp_path: Path) -> list[str]:
    """What is wrong with the migrations of a history after ``released``; without that, there is no older code."""
    order = oldest_first(folder)
    if released is None:
        return []
    assert released in order, f"{released} was released: it can neither go nor be renamed"
    address = await server.empty("expanding")
    await migrations.upgrade(address, up_to(folder, tmp_path / released, released))
    found = []
    for number in range(order.index(released) + 1, len(order)):
        revision = order[number]
        broken = await step(address, up_to(folder, tmp_path / revision, revision))
        follows = contraction(folder, revision)
        if follows is None:
            found += [f"{revision} {one}" for one in broken]
        elif follows not in order[: order.index(released) + 1]:
            found.append(f"{revision} contracts after {follows}, which no release has yet")
    return found


@pytest.mark.parametrize("name", FOLDERS)
async def test_the_code_of_the_last_release_can_live_with_every_migration(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "platform":
        # Its own history is looked at as a service's would be.
        monkeypatch.setattr(migrations, "PLATFORM_HISTORY", BULLETIN.migrations)
    assert await unfit(server, FOLDERS[name], LAST.get(name), tmp_path) == []


@pytest.mark.parametrize("release", RELEASED)
def test_no_released_migration_is_gone(release: str) -> None:
    for name, revision in RELEASED[release].items():
        assert revision in oldest_first(FOLDERS[name])


FINE = {
    "a nullable column": 'op.add_column("outbox", sa.Column("note", sa.Text, nullable=True))',
    "a column with a default": (
        'op.add_column("outbox", sa.Column("n", sa.Integer, nullable=False, server_default="0"))'
    ),
    "a table with an index": """
        op.create_table("added", sa.Column("id", sa.Integer, primary_key=True), sa.Column("of", sa.Text))
        op.create_index("ix_added_of", "added", ["of"])""",
    "an index concurrently": """
        with op.get_context().autocommit_block():
            op.create_index("ix_outbox_topic", "outbox", ["topic"], postgresql_concurrently=True)""",
    "a key on a new column": """
        op.create_table("added", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column("outbox", sa.Column("added", sa.Integer, nullable=True))
        op.create_foreign_key("fk_outbox_added", "outbox", "added", ["added"], ["id"])""",
}

BAD = {
    "drops or renames table parked_message": 'op.drop_table("parked_message")',
    "drops or renames table outbox": 'op.rename_table("outbox", "letters")',
    "drops or renames outbox.key": 'op.drop_column("outbox", "key")',
    "drops or renames outbox.topic": 'op.execute("ALTER TABLE outbox RENAME COLUMN topic TO subject")',
    "adds outbox.note NOT NULL without a server default": (
        'op.add_column("outbox", sa.Column("note", sa.Text, nullable=False))'
    ),
    "makes outbox.ordinal integer, which was bigint": (
        'op.alter_column("outbox", "ordinal", type_=sa.Integer, existing_type=sa.BigInteger)'
    ),
    "limits with few what rows of outbox may hold": 'op.create_check_constraint("few", "outbox", "ordinal < 9")',
    "limits with one what rows of outbox may hold": """
        with op.get_context().autocommit_block():
            op.create_index("one", "outbox", ["key"], unique=True, postgresql_concurrently=True)""",
    "makes an index on outbox without CONCURRENTLY": 'op.create_index("ix_o", "outbox", ["key"])',
    "makes an index CONCURRENTLY and does something else, too": """
        op.add_column("outbox", sa.Column("note", sa.Text, nullable=True))
        with op.get_context().autocommit_block():
            op.create_index("ix_note", "outbox", ["note"], postgresql_concurrently=True)""",
    "makes added.note NOT NULL": 'op.execute("ALTER TABLE added ALTER note SET NOT NULL")',
    "takes the default of added.n": 'op.alter_column("added", "n", server_default=None)',
}

ADDED = """op.create_table(
    "added", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text, nullable=True),
    sa.Column("n", sa.Integer, nullable=False, server_default="0"))"""


@pytest.mark.parametrize("steps", FINE.values(), ids=FINE)
async def test_what_only_expands_is_let_through(server: TestServer, tmp_path: Path, steps: str) -> None:
    folder = gone_on(BULLETIN.migrations, tmp_path / "t", revision="t_1", upgrade=steps)
    assert await unfit(server, folder, oldest_first(BULLETIN.migrations)[-1], tmp_path) == []


@pytest.mark.parametrize(("why", "steps"), BAD.items(), ids=BAD)
async def test_what_older_code_cannot_live_with_is_refused(
    server: TestServer, tmp_path: Path, why: str, steps: str
) -> None:
    base = gone_on(BULLETIN.migrations, tmp_path / "t", revision="t_1", upgrade=ADDED)
    folder = gone_on(base, tmp_path / "bad", revision="t_2", upgrade=steps)
    assert f"t_2 {why}" in await unfit(server, folder, "t_1", tmp_path)


@pytest.mark.parametrize(("released", "fits"), [("t_1", True), ("t_0", False)], ids=["released", "not released"])
async def test_a_contraction_follows_what_was_released(
    server: TestServer, tmp_path: Path, released: str, fits: bool
) -> None:
    folder = gone_on(BULLETIN.migrations, tmp_path / "0", revision="t_0", upgrade=ADDED)
    folder = gone_on(folder, tmp_path / "1", revision="t_1", upgrade=ADDED.replace("added", "instead"))
    folder = gone_on(folder, tmp_path / "2", revision="t_2", upgrade='op.drop_table("added")', contracts="t_1")
    found = await unfit(server, folder, released, tmp_path)
    assert found == ([] if fits else ["t_2 contracts after t_1, which no release has yet"])
