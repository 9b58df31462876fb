"""The running server process: finding it, making sure that it is ours, ending it.

``postmaster.pid`` outlives a crash, a reboot and a copy of the folder, so its number may belong to any
program. Each server we start carries the identity of its cluster folder (device and inode) on its command
line; only a process that does is the server of that folder.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

PID_FILE = "postmaster.pid"
MARK = "demain.folder="
SOCKET_PREFIX = "demain-"
PORT = 5432  # in a socket folder of our own the number is only part of the socket's name
# Larger than any process number of Linux (2**22) and macOS (99999): PostgreSQL takes it for a dead process.
NO_PROCESS = 2**31 - 2


def folder_mark(cluster: Path) -> str:
    """Return the ``name=value`` that marks a server process as the one of this folder."""
    identity = cluster.stat()
    return f"{MARK}{identity.st_dev}-{identity.st_ino}"


@dataclass(frozen=True)
class PidFile:
    """What ``postmaster.pid`` says (format: PostgreSQL's ``utils/pidfile.h``)."""

    pid: int
    socket_folder: Path | None
    status: str

    @classmethod
    def read(cls, cluster: Path) -> "PidFile | None":
        """Read the file, or return None if it is missing or not written yet."""
        try:
            lines = (cluster / PID_FILE).read_text("utf-8", "replace").splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        folder = lines[4].strip() if len(lines) > 4 else ""
        status = lines[7].strip() if len(lines) > 7 else ""
        return cls(pid, Path(folder) if folder else None, status)


class Postmaster:
    """The server process of one cluster folder, our child or a server that outlived its owner."""

    def __init__(self, cluster: Path, process: psutil.Process, child: subprocess.Popen[bytes] | None = None) -> None:
        self.cluster = cluster
        self._process = process
        self._child = child

    @classmethod
    def of_child(cls, cluster: Path, child: subprocess.Popen[bytes]) -> "Postmaster":
        """Wrap a server that this process has just started."""
        return cls(cluster, psutil.Process(child.pid), child)

    @classmethod
    def find(cls, cluster: Path) -> "Postmaster | None":
        """Return the live server of this folder, or None if the pid file names nothing or something else."""
        pid_file = PidFile.read(cluster)
        if pid_file is None or pid_file.pid <= 0:
            return None
        try:
            process = psutil.Process(pid_file.pid)
            if folder_mark(cluster) in process.cmdline():
                return cls(cluster, process)
        except psutil.Error:
            # Gone, or another user's (whose command line some systems hide): in no case ours.
            pass
        return None

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How our child ended; None while it lives, or if it is not our child."""
        return self._child.poll() if self._child is not None else None

    def command(self) -> list[str]:
        """Return the command line it was started with (empty once it is gone)."""
        try:
            # Only the environment follows the arguments; some systems show an empty string between.
            return [part for part in self._process.cmdline() if part]
        except psutil.Error:
            return []

    def alive(self) -> bool:
        """Whether the process still runs (a process that took over its number does not count)."""
        if self._child is not None:
            return self._child.poll() is None
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def pid_file(self) -> PidFile | None:
        """Return the pid file if this very process has written it."""
        pid_file = PidFile.read(self.cluster)
        return pid_file if pid_file is not None and pid_file.pid == self.pid else None

    async def end(self, fast_seconds: float, immediate_seconds: float) -> None:
        """Stop the server: fast (open transactions roll back), then immediate, then kill."""
        steps = ((signal.SIGINT, fast_seconds), (signal.SIGQUIT, immediate_seconds), (signal.SIGKILL, None))
        for sent, deadline in steps:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                self._process.send_signal(sent)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), deadline)
                return

    async def ended(self) -> None:
        """Wait until the process is gone."""
        while self.alive():
            await asyncio.sleep(0.02)


def disarm_stale_pid_file(cluster: Path) -> None:
    """Make sure that a stale pid file whose number now belongs to another program does not stop a start.

    PostgreSQL looks only whether a process with that number exists. Only the number is replaced, since the
    rest lets PostgreSQL detect orphaned backends that still use the shared memory. To be called by the owner
    of the folder's lock, after ``Postmaster.find`` found nothing.
    """
    pid_file = PidFile.read(cluster)
    if pid_file is None or pid_file.pid <= 0 or _may_serve(pid_file.pid, cluster):
        return
    # As root we write into a folder of the unprivileged account: follow no link that lies there.
    descriptor = os.open(cluster / PID_FILE, os.O_RDWR | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "r+", encoding="utf-8", errors="replace") as file:
        _, _, rest = file.read().partition("\n")
        file.seek(0)
        file.write(f"{NO_PROCESS}\n{rest}")
        file.truncate()


def _may_serve(pid: int, cluster: Path) -> bool:
    """Whether the process could be a PostgreSQL on this folder that somebody started by hand."""
    try:
        process = psutil.Process(pid)
        if process.name() != "postgres":
            return False
        if any(part.startswith(MARK) for part in process.cmdline()):
            return False  # one of ours, of another folder: this one is a copy of it
        working_folder = process.cwd()  # PostgreSQL works in its cluster folder
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # as for root in a container without SYS_PTRACE
        return True
    try:
        return Path(working_folder).samefile(cluster)
    except OSError:
        return True


def remove_socket_folder(folder: Path) -> None:
    """Remove a socket folder and the sockets in it; nothing else is touched."""
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def remove_left_behind(cluster: Path) -> None:
    """Remove the socket folder of a killed server, as named by the pid file it left."""
    stale = PidFile.read(cluster)
    if stale is None or stale.socket_folder is None or psutil.pid_exists(stale.pid):
        return
    folder = stale.socket_folder
    if folder.name.startswith(SOCKET_PREFIX) and not folder.is_symlink():
        with contextlib.suppress(OSError):
            remove_socket_folder(folder)
