"""The files of the data folder: locks, password, version, cluster."""

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from shared.storage.embedded_postgres.binaries import MAJOR_VERSION
from shared.storage.embedded_postgres.errors import (
    AlreadyRunning,
    DataFolderNewer,
    DataFolderNotWritable,
    DataFolderOlder,
    NotRunning,
    PasswordLost,
    StartFailed,
)


class DataFolder:
    """Where everything lies in a data folder, and what may be done with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.cluster = self.folder / "cluster"
        self.unfinished_cluster = self.folder / "cluster.new"
        self.log = self.folder / "server.log"
        self._password = self.folder / "password"
        self._owner_lock = self.folder / "owner.lock"
        self._watchdog_lock = self.folder / "watchdog.lock"

    def create(self) -> None:
        """Make the folder, closed to others, unless it exists; the rights of an existing one stay.

        Raises DataFolderNotWritable.
        """
        with self.failures():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """Turn what the file system refuses inside into an error that names the folder and the fix."""
        try:
            yield
        except PermissionError as error:
            raise self._not_writable(error) from error
        except OSError as error:
            if error.errno in (errno.EROFS, errno.ENOTDIR, errno.EEXIST):
                raise self._not_writable(error) from error
            raise StartFailed(
                f"The data folder {self.folder} could not be prepared ({error.strerror}: {error.filename}); "
                "mend that (free some space if the disk is full) and start again."
            ) from error

    def _not_writable(self, error: OSError) -> DataFolderNotWritable:
        return DataFolderNotWritable(
            f"The data folder {self.folder} cannot be written by this user ({error.strerror}: "
            f"{error.filename}); choose another folder with DEMAIN_DATA_DIR, or give this one to the user "
            "who starts Demain."
        )

    def lock_for_owner(self) -> int:
        """Take the owner's lock and return its descriptor; closing it gives the lock back.

        Raises AlreadyRunning if another process holds it, DataFolderNotWritable.
        """
        with self.failures():
            descriptor = self._open(self._owner_lock)
        if not _try_lock(descriptor):
            owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(
                f"The data folder {self.folder} is in use by another running Demain"
                + (f" (process {owner})" if owner else "")
                + "; stop that one first, or choose another folder with DEMAIN_DATA_DIR."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def try_lock_for_watchdog(self) -> int | None:
        """Take the watchdog's lock and return its descriptor, or None while a watchdog is still at work."""
        with self.failures():
            descriptor = self._open(self._watchdog_lock)
        if _try_lock(descriptor):
            return descriptor
        os.close(descriptor)
        return None

    def _open(self, path: Path) -> int:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.give_to_owner(path)
        return descriptor

    def give_to_owner(self, path: Path) -> None:
        """Give a file that root made in a user's data folder to that user, who may start it next time."""
        owner = self.folder.stat()
        if os.geteuid() == 0 and path.exists() and path.stat().st_uid != owner.st_uid:
            os.chown(path, owner.st_uid, owner.st_gid)

    def finish_cluster(self) -> None:
        """Put a cluster that is whole in its place, for good."""
        with self.failures():
            self.unfinished_cluster.rename(self.cluster)
            descriptor = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def is_initialized(self) -> bool:
        """Whether the folder holds a finished cluster."""
        with self.failures():
            return (self.cluster / "PG_VERSION").exists()

    def check_version(self) -> None:
        """Raise DataFolderNewer or DataFolderOlder if another major version has written the cluster."""
        with self.failures():
            version = (self.cluster / "PG_VERSION").read_text().strip()
        try:
            major = int(version)
        except ValueError:
            raise StartFailed(
                f"The file {self.cluster / 'PG_VERSION'} is damaged (it says {version[:20]!r}, a number was "
                "expected); restore the data folder from a backup."
            ) from None
        if major > MAJOR_VERSION:
            raise DataFolderNewer(
                f"The data folder {self.folder} was written by PostgreSQL {major}, and this Demain brings "
                f"PostgreSQL {MAJOR_VERSION}; start the newer Demain that wrote it, or choose another folder "
                "with DEMAIN_DATA_DIR."
            )
        if major < MAJOR_VERSION:
            raise DataFolderOlder(
                f"The data folder {self.folder} was written by PostgreSQL {major}, and this Demain brings "
                f"PostgreSQL {MAJOR_VERSION}; dump it with the Demain that wrote it (pg_dumpall) and load "
                "the dump into an empty folder."
            )

    def make_password(self) -> str:
        """Return the password, made now if there is none yet."""
        with self.failures():
            if not self._password.exists():
                unfinished = self._password.with_name("password.new")
                unfinished.unlink(missing_ok=True)
                descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    # Hexadecimal: stands in a URL without escapes.
                    file.write(secrets.token_hex(24))
                    file.flush()
                    os.fsync(file.fileno())
                self.give_to_owner(unfinished)
                unfinished.rename(self._password)
        return self.password()

    def password(self) -> str:
        """Return the password of an initialized folder. Raises PasswordLost, DataFolderNotWritable."""
        with self.failures():
            try:
                password = self._password.read_text().strip()
            except FileNotFoundError:
                password = ""
        if not password:
            raise self.password_lost()
        return password

    def password_lost(self) -> PasswordLost:
        """Return the error that says that the password file does not open the database."""
        return PasswordLost(
            f"The data folder {self.folder} holds a database, but its file {self._password.name} is missing "
            "or does not match; restore that file from a backup of the same folder."
        )

    def not_running(self) -> NotRunning:
        """Return the error that says that there is no server to join."""
        return NotRunning(
            f"No Demain is running on the data folder {self.folder}; start it first, or name the folder of "
            "the running one with DEMAIN_DATA_DIR."
        )


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
