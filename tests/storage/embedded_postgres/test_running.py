"""The embedded PostgreSQL, for real: started, reached, refused, stopped."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.storage.embedded_postgres import (
    DataFolderNewer,
    DataFolderNotWritable,
    DataFolderOlder,
    NotRunning,
    PasswordLost,
    ServerSettings,
    StartFailed,
    binaries,
)
from shared.storage.embedded_postgres import (
    server as server_module,
)
from tests.storage.embedded_postgres.owning import (
    Server,
    rights,
    run,
    socket_folder,
)


async def test_start_stop_and_start_again_keeps_the_data(tmp_path: Path, server: Server) -> None:
    folder = tmp_path / "new" / "data"
    said: list[str] = []
    one = server(folder, progress=said.append)
    with pytest.raises(NotRunning, match=str(folder)):
        await server(folder).join()
    url = await one.start()
    await run(url, "CREATE TABLE word AS SELECT 'énergie' AS word")
    assert await server(folder).join() == url
    assert one.running
    await one.stop()
    await one.stop()
    assert not one.running
    assert not socket_folder(url).exists()
    with pytest.raises(NotRunning, match=str(folder)):
        await server(folder).join()

    assert await run(await one.start(), "SELECT word FROM word") == "énergie"
    assert "Creating the database" in said[0]
    assert sum("Creating" in line for line in said) == 1


async def test_the_url_serves_psql_and_sqlalchemy(data: Path, server: Server) -> None:
    url = await server(data).start()
    psql = binaries.wheel_folder() / "bin" / "psql"
    answer = await asyncio.to_thread(
        subprocess.run,
        [psql, url, "-Atc", "SELECT word FROM kept"],
        capture_output=True,
        text=True,
        env={**os.environ, "PGPORT": "1"},
        check=True,
    )
    assert answer.stdout == "demain\n"
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT word FROM kept"))).scalar() == "demain"
    await engine.dispose()


async def test_only_who_knows_the_password_gets_in_and_only_by_the_socket(data: Path, server: Server) -> None:
    data.chmod(0o700)
    one = server(data)
    url = await one.start()
    assert await run(url, "SHOW listen_addresses") == ""
    assert await run(url, "SHOW data_checksums") == "on"
    assert await run(url, "SHOW server_encoding") == "UTF8"
    assert str(await run(url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'demain'")).startswith("SCRAM")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await run(url.replace("demain:", "demain:wrong", 1), "SELECT 1")
    assert rights(data) == rights(data / "cluster") == rights(socket_folder(url)) == 0o700
    assert {rights(data / name) for name in ("password", "server.log", "owner.lock")} == {0o600}
    assert one.pid is not None
    assert os.getsid(one.pid) != os.getsid(0), "Ctrl-C in our terminal must not reach the server"


async def test_a_data_folder_with_a_path_longer_than_a_socket_path(data: Path, tmp_path: Path, server: Server) -> None:
    folder = tmp_path / ("long" * 25) / ("longer" * 20)
    folder.parent.mkdir()
    data.rename(folder)
    assert await run(await server(folder).start(), "SELECT word FROM kept") == "demain"


@pytest.mark.parametrize(("version", "error"), [("19", DataFolderNewer), ("17", DataFolderOlder)])
async def test_data_of_another_major_version_is_refused(
    data: Path, server: Server, version: str, error: type[Exception]
) -> None:
    (data / "cluster" / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(error, match=f"{data} was written by PostgreSQL {version}"):
        await server(data).start()
    (data / "cluster" / "PG_VERSION").write_text("18\n")
    await server(data).start()  # the refused start left no lock behind


async def test_a_lost_or_wrong_password_is_said(data: Path, server: Server) -> None:
    (data / "password").write_text("wrong")
    with pytest.raises(PasswordLost, match=str(data)):
        await server(data).start()
    assert not (data / "cluster" / "postmaster.pid").exists()
    (data / "password").unlink()
    with pytest.raises(PasswordLost, match=str(data)):
        await server(data).start()


async def test_a_server_that_refuses_to_start_shows_the_end_of_its_log(data: Path, server: Server) -> None:
    with pytest.raises(StartFailed, match="shared_buffers") as failure:
        await server(data, ServerSettings(shared_buffers="1kB", fsync=False)).start()
    assert str(data) in str(failure.value)
    await server(data).start()


async def test_a_folder_below_a_file_is_refused(data: Path, server: Server, open_folder: Path) -> None:
    with pytest.raises(DataFolderNotWritable, match="cluster"):
        (open_folder / "data").write_text("a file where the folder should be")
        await server(open_folder / "data" / "cluster").start()


async def test_a_long_start_tells_how_it_goes(data: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PROGRESS_SECONDS", 0.0)
    really_connect, refusals = asyncpg.connect, iter([True, True])

    async def connect_later(**options: Any) -> asyncpg.Connection:
        # On a busy machine the first question may come when the server is ready.
        if next(refusals, False):
            raise ConnectionRefusedError
        return await really_connect(**options)

    monkeypatch.setattr(asyncpg, "connect", connect_later)
    said: list[str] = []
    await server(data, progress=said.append).start()
    assert any("not ready yet" in line for line in said)
