"""The embedded server as its users see it: start, join, stop."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from shared.storage.embedded_postgres.account import Account, choose_account
from shared.storage.embedded_postgres.binaries import readable_binaries
from shared.storage.embedded_postgres.data_folder import DataFolder
from shared.storage.embedded_postgres.errors import AlreadyRunning, DataFolderNotWritable, StartFailed
from shared.storage.embedded_postgres.initdb import SUPERUSER, create_cluster
from shared.storage.embedded_postgres.launch import private_folder, server_command, spawn_server
from shared.storage.embedded_postgres.postmaster import (
    PORT,
    Postmaster,
    disarm_stale_pid_file,
    remove_left_behind,
    remove_socket_folder,
)
from shared.storage.embedded_postgres.server_log import ServerLog
from shared.storage.embedded_postgres.settings import ServerSettings
from shared.storage.embedded_postgres.watchdog import Watchdog
from shared.storage.outages import AWAY

LOCK_SECONDS = 0.5
FAST_SECONDS = 30.0
IMMEDIATE_SECONDS = 10.0
PROGRESS_SECONDS = 5.0
LOG_CHECK_SECONDS = 30.0


class EmbeddedPostgres:
    """PostgreSQL on a data folder, owned by this process from ``start`` to ``stop``.

    The URL is ``postgresql://demain:PASSWORD@/postgres?host=SOCKET_FOLDER&port=5432``: libpq (psql) takes it
    as it is, so does asyncpg; SQLAlchemy takes it with ``postgresql+asyncpg``. It holds the superuser's
    password: never log it.

    If the owner dies in whatever way, a watchdog shuts the server down; should the watchdog be killed as
    well, the next ``start`` adopts the server that is left.
    """

    def __init__(
        self,
        data_dir: Path,
        settings: ServerSettings | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self._data = DataFolder(data_dir)
        self._settings = settings or ServerSettings()
        self._say = progress or (lambda _: None)
        self._log = ServerLog(self._data.log)
        self._postmaster: Postmaster | None = None
        self._watchdog: Watchdog | None = None
        self._owner_lock: int | None = None
        self._log_keeper: asyncio.Task[None] | None = None
        self._socket_folder: Path | None = None
        self._stopping = asyncio.Lock()
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Process number of the server that this object owns, or None."""
        return self._postmaster.pid if self._postmaster is not None else None

    @property
    def running(self) -> bool:
        """Whether this object owns a server that is alive."""
        return self._postmaster is not None and self._postmaster.alive()

    async def start(self) -> str:
        """Start the server, on first use after creating the cluster, and return its URL once it answers.

        Recovery after a crash may take minutes: this waits as long as the server works on it, and tells
        ``progress``. Raises AlreadyRunning, DataFolderNotWritable, DataFolderNotReachable, DataFolderNewer,
        DataFolderOlder, BinariesNotReadable, PasswordLost, StartFailed.
        """
        self._data.create()
        self._owner_lock = await self._lock()
        try:
            url = await self._start_locked()
        except BaseException:
            # Cancelled too: whoever interrupts a start must not leave a server behind.
            await asyncio.shield(self.stop())
            raise
        self._log_keeper = asyncio.create_task(self._keep_log_short(), name="embedded-postgres-log")
        return url

    async def join(self) -> str:
        """Return the URL of the server that another process runs on this data folder; we never stop it.

        A server that is still starting is waited for. Raises NotRunning, DataFolderNotWritable (when this
        user may not read the folder), PasswordLost.
        """
        if not self._data.is_initialized():
            raise self._data.not_running()
        with self._data.failures():
            # Nothing but the rights to read: a folder we may not look into is not "not running".
            next(self._data.cluster.iterdir(), None)
        password = self._data.password()
        postmaster = Postmaster.find(self._data.cluster)
        if postmaster is None or not await self._answers(postmaster, password):
            raise self._data.not_running()
        return self._url(postmaster, password)

    async def stop(self) -> None:
        """Stop the server we own: fast, after 30 s immediate, after 10 s more killed. Idempotent."""
        async with self._stopping:
            if self._log_keeper is not None:
                self._log_keeper.cancel()
                await asyncio.gather(self._log_keeper, return_exceptions=True)
                self._log_keeper = None
            if self._postmaster is not None:
                await self._postmaster.end(FAST_SECONDS, IMMEDIATE_SECONDS)
                self._postmaster = None
            if self._watchdog is not None:
                await asyncio.to_thread(self._watchdog.dismiss)
                self._watchdog = None
            if self._socket_folder is not None:
                remove_socket_folder(self._socket_folder)
                self._socket_folder = None
            if self._owner_lock is not None:
                os.close(self._owner_lock)
                self._owner_lock = None

    async def wait(self) -> None:
        """Wait until the server ends, by ``stop`` or by itself, so that a supervisor can notice."""
        postmaster = self._postmaster
        while postmaster is not None and postmaster.alive():
            await asyncio.sleep(0.5)

    async def _lock(self) -> int:
        """Take the owner's lock, patient with one that is just being given back.

        A child that its owner forks holds a copy of the lock until it has become another program.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return self._data.lock_for_owner()
            except AlreadyRunning:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.02)

    async def _start_locked(self) -> str:
        data = self._data
        with data.failures():
            account = await asyncio.to_thread(choose_account, data.cluster)
        watchdog_lock = await self._wait_for_old_watchdog()
        try:
            binaries = await asyncio.to_thread(readable_binaries, account, self._say)
            password = await self._prepare_cluster(binaries, account)
            postmaster = Postmaster.find(data.cluster)
            if postmaster is None or not await self._adopt(postmaster, binaries, account, password):
                await self._launch(binaries, account)
            assert self._postmaster is not None and self._socket_folder is not None
            self._watchdog = Watchdog.start(
                data.cluster, self._postmaster.pid, self._socket_folder, account, watchdog_lock
            )
        finally:
            os.close(watchdog_lock)  # the watchdog's own copy keeps it locked
        if not await self._answers(self._postmaster, password):
            raise self._start_failed(f"exited with code {self._postmaster.exit_code}")
        return self._url(self._postmaster, password)

    async def _wait_for_old_watchdog(self) -> int:
        """Wait until the watchdog of a killed owner has stopped its server; return the lock it held."""
        told = False
        while (lock := self._data.try_lock_for_watchdog()) is None:
            if not told:
                self._say("Waiting for the PostgreSQL of a killed run to stop")
                told = True
            await asyncio.sleep(0.05)
        return lock

    async def _prepare_cluster(self, binaries: Path, account: Account) -> str:
        """Create the cluster if there is none, else check that it is ours to run; return the password."""
        data = self._data
        if data.is_initialized():
            data.check_version()
            if account.is_self and data.cluster.stat().st_uid != account.uid:
                raise DataFolderNotWritable(
                    f"The data folder {data.folder} belongs to another user; start Demain as the user who "
                    f"owns {data.cluster}, or give the folder to {account.name} (chown -R)."
                )
            if not account.is_self and data.cluster.stat().st_uid != account.uid:
                # Root owns it, as after restoring a backup.
                await asyncio.to_thread(account.own_tree, data.cluster)
            return data.password()
        password = data.make_password()
        self._say(f"Creating the database in {data.folder}")
        assert self._owner_lock is not None
        await create_cluster(binaries, account, data, password, settings=self._settings, owner_lock=self._owner_lock)
        return password

    async def _adopt(self, postmaster: Postmaster, binaries: Path, account: Account, password: str) -> bool:
        """Take over a server that outlived its owner and its watchdog; False if it has to be started anew.

        A server started with other settings or by another version is stopped, not adopted.
        """
        self._postmaster = postmaster
        pid_file = postmaster.pid_file()
        if pid_file is not None and pid_file.socket_folder is not None:
            self._socket_folder = pid_file.socket_folder
            wanted = server_command(binaries, account, self._data, self._settings, self._socket_folder)
            if postmaster.command() == wanted:
                self._say("Taking over the PostgreSQL that a killed run left behind")
                if await self._answers(postmaster, password):
                    return True
        self._say("Stopping the PostgreSQL that a killed run left behind")
        await postmaster.end(FAST_SECONDS, IMMEDIATE_SECONDS)
        self._postmaster = None
        if self._socket_folder is not None:
            remove_socket_folder(self._socket_folder)
        return False

    async def _launch(self, binaries: Path, account: Account) -> None:
        data = self._data
        remove_left_behind(data.cluster)
        with data.failures():
            disarm_stale_pid_file(data.cluster)
            self._log.shorten()
            log = self._log.open()
            data.give_to_owner(data.log)
        self._log_start = self._log.size()
        self._socket_folder = private_folder(data)
        account.own(self._socket_folder)
        command = server_command(binaries, account, data, self._settings, self._socket_folder)
        self._say("Starting PostgreSQL")
        with log:
            try:
                # Not in a thread: a cancellation here must not lose sight of the child.
                child = spawn_server(command, data.cluster, log.fileno(), account)
            except OSError as error:
                raise self._start_failed(f"could not be run: {error}") from error
        self._postmaster = Postmaster.of_child(data.cluster, child)

    async def _answers(self, postmaster: Postmaster, password: str) -> bool:
        """Wait until the server answers a query; False if it ends or is shutting down."""
        began = told = time.monotonic()
        while postmaster.alive():
            pid_file = postmaster.pid_file()
            if pid_file is not None and pid_file.status == "stopping":
                return False
            if pid_file is not None and pid_file.status == "ready" and pid_file.socket_folder is not None:
                try:
                    connection = await asyncpg.connect(
                        host=str(pid_file.socket_folder),
                        port=PORT,
                        user=SUPERUSER,
                        password=password,
                        database="postgres",
                        timeout=10,
                    )
                except asyncpg.InvalidPasswordError as error:
                    raise self._data.password_lost() from error
                except asyncpg.TooManyConnectionsError:
                    return True  # busy, but it answers
                except AWAY:
                    pass  # restarting or going down: the next look tells
                else:
                    await connection.close()
                    return True
            now = time.monotonic()
            if now - told >= PROGRESS_SECONDS:
                told = now
                last = self._log.tail().rpartition("\n")[2]
                self._say(f"PostgreSQL is not ready yet, for {now - began:.0f} s (recovering?): {last}")
            await asyncio.sleep(0.02)
        return False

    def _start_failed(self, how: str) -> StartFailed:
        return StartFailed(
            f"PostgreSQL could not start on {self._data.folder} (it {how}); mend what the end of its log "
            f"({self._data.log}) says and start again:",
            self._log.tail(self._log_start),
        )

    def _url(self, postmaster: Postmaster, password: str) -> str:
        pid_file = postmaster.pid_file()
        if pid_file is None or pid_file.socket_folder is None:
            raise self._data.not_running()
        # The port too, else PGPORT in the environment of a client would change it.
        return f"postgresql://{SUPERUSER}:{password}@/postgres?host={pid_file.socket_folder}&port={PORT}"

    async def _keep_log_short(self) -> None:
        while True:
            await asyncio.sleep(LOG_CHECK_SECONDS)
            with contextlib.suppress(OSError):  # a full disk must not end the task
                await asyncio.to_thread(self._log.shorten)
