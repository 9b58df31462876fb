"""What is left of a crash, a kill or a copy does not stop the next start, and loses nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from shared.storage.embedded_postgres import (
    NotRunning,
    ServerSettings,
    StartFailed,
)
from shared.storage.embedded_postgres import (
    server as server_module,
)
from tests.storage.embedded_postgres.owning import (
    QUICK,
    Owner,
    Server,
    as_owner_of,
    ended,
    left_by_a_crash,
    postmaster_pid,
    run,
    socket_folder,
    until,
    write_stale_pid_file,
)


async def test_the_server_does_not_outlive_a_killed_owner_and_nothing_committed_is_lost(
    data: Path, server: Server, owner: Callable[..., Owner]
) -> None:
    killed = owner(data)
    url = await killed.url()
    await run(url, "INSERT INTO kept VALUES ('committed')")
    left = psutil.Process(postmaster_pid(data))
    await killed.kill()
    await until(lambda: ended(left))
    await until(lambda: not socket_folder(url).exists())
    assert await run(await server(data).start(), "SELECT count(*) FROM kept") == 2


async def test_a_start_right_after_a_kill_waits_for_the_old_server(
    data: Path, server: Server, owner: Callable[..., Owner]
) -> None:
    killed = owner(data)
    await run(await killed.url(), "INSERT INTO kept VALUES ('committed')")
    left = postmaster_pid(data)
    await killed.kill()
    one = server(data)
    assert await run(await one.start(), "SELECT count(*) FROM kept") == 2
    assert one.pid != left


@pytest.mark.parametrize("same_settings", [True, False])
async def test_a_server_that_lost_owner_and_watchdog_is_taken_over(
    data: Path, server: Server, owner: Callable[..., Owner], same_settings: bool
) -> None:
    killed = owner(data)
    url = await killed.url()
    await run(url, "INSERT INTO kept VALUES ('committed')")
    left = psutil.Process(postmaster_pid(data))
    killed.watchdog().kill()
    await killed.kill()
    assert left.is_running()
    assert await server(data).join() == url

    one = server(data, QUICK if same_settings else ServerSettings(max_connections=77, fsync=False))
    again = await one.start()
    assert await run(again, "SELECT count(*) FROM kept") == 2
    assert (one.pid == left.pid) is same_settings
    assert await run(again, "SHOW max_connections") == ("100" if same_settings else "77")
    await one.stop()
    assert ended(left)
    assert not socket_folder(url).exists()
    assert not (data / "cluster" / "postmaster.pid").exists()


async def test_a_stale_pid_that_belongs_to_a_zombie_does_not_stop_a_start(data: Path, server: Server) -> None:
    cluster = data / "cluster"
    one = server(data)
    left = await left_by_a_crash(one, cluster)
    with subprocess.Popen(["true"], **as_owner_of(cluster)) as zombie:  # type: ignore[call-overload]
        await until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE)
        write_stale_pid_file(cluster, zombie.pid, left)
        assert await run(await one.start(), "SELECT word FROM kept") == "demain"


@pytest.mark.parametrize("disarmed", [True, False])
async def test_a_stale_pid_that_belongs_to_another_program_does_not_fool_us(
    data: Path, server: Server, monkeypatch: pytest.MonkeyPatch, disarmed: bool
) -> None:
    one = server(data)
    cluster = data / "cluster"
    left = await left_by_a_crash(one, cluster)
    with subprocess.Popen(["sleep", "600"], **as_owner_of(cluster)) as stranger:  # type: ignore[call-overload]
        try:
            write_stale_pid_file(cluster, stranger.pid, left)
            with pytest.raises(NotRunning):
                await server(data).join()
            if disarmed:
                assert await run(await one.start(), "SELECT word FROM kept") == "demain"
            else:
                # Control: PostgreSQL by itself takes the stranger for a server of this folder.
                monkeypatch.setattr(server_module, "disarm_stale_pid_file", lambda _: None)
                with pytest.raises(StartFailed, match=r"postmaster\.pid") as failure:
                    await one.start()
                assert "already exists" in failure.value.log_tail
            assert stranger.poll() is None, "the stranger was touched"
        finally:
            stranger.kill()


async def test_a_copy_of_a_running_folder_is_not_taken_for_the_original(
    data: Path, tmp_path: Path, server: Server
) -> None:
    original = server(data)
    url = await original.start()
    await run(url, "CHECKPOINT")
    copy = Path(shutil.copytree(data, tmp_path / "copy"))
    with pytest.raises(NotRunning, match=str(copy)):
        await server(copy).join()
    second = server(copy)
    other_url = await second.start()
    assert second.pid != original.pid
    await run(other_url, "DELETE FROM kept")
    assert await run(url, "SELECT count(*) FROM kept") == 1


async def test_a_server_that_crashes_is_noticed_and_recovers(data: Path, server: Server) -> None:
    one = server(data)
    url = await one.start()
    await run(url, "INSERT INTO kept VALUES ('committed')")
    assert one.pid is not None
    os.kill(one.pid, signal.SIGKILL)
    await asyncio.wait_for(one.wait(), 20)
    assert not one.running
    await one.stop()
    assert await run(await one.start(), "SELECT count(*) FROM kept") == 2


async def test_half_a_cluster_of_a_killed_start_is_made_anew(tmp_path: Path, server: Server) -> None:
    half = tmp_path / "data" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    await server(tmp_path / "data").start()
    assert not half.exists()


async def test_a_cancelled_start_leaves_nothing_running(data: Path, server: Server) -> None:
    starting: asyncio.Task[str]

    def cancel(said: str) -> None:
        if said == "Starting PostgreSQL":
            starting.cancel()

    one = server(data, progress=cancel)
    starting = asyncio.create_task(one.start())
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not one.running
    with pytest.raises(NotRunning):
        await server(data).join()
    await server(data).start()
