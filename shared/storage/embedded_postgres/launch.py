"""What the server and ``initdb`` are started with: command, environment, folders, account."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

from shared.storage.embedded_postgres.account import Account
from shared.storage.embedded_postgres.data_folder import DataFolder
from shared.storage.embedded_postgres.errors import DataFolderNotReachable, StartFailed
from shared.storage.embedded_postgres.postmaster import PORT, SOCKET_PREFIX, folder_mark
from shared.storage.embedded_postgres.settings import ServerSettings

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 103

# A magic link of Linux to the folder a process works in: it leads there even where a folder on the way is
# closed to the account (a data folder under /root), since the kernel does not walk the path.
WORKING_FOLDER = Path("/proc/self/cwd")


def environment() -> dict[str, str]:
    """Return the environment of the server: none of our secrets, no PG* variable that would change it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def server_command(
    binaries: Path, account: Account, data: DataFolder, settings: ServerSettings, socket_folder: Path
) -> list[str]:
    """Return the command line of the server, to be run in the cluster folder."""
    return [
        *(str(binaries / "bin" / "postgres"), "-D", str(path_for(account, data.cluster))),
        *("-k", str(socket_folder), "-c", f"port={PORT}", "-c", folder_mark(data.cluster)),
        *settings.arguments(),
    ]


def spawn_server(command: list[str], folder: Path, log: int, account: Account) -> subprocess.Popen[bytes]:
    """Start the server in its folder, writing to the descriptor ``log``."""
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        umask=0o077,
        # Its own session: Ctrl-C in the terminal is for us, and we stop the server when all is done.
        start_new_session=True,
        **account.credentials(),
    )


def path_for(account: Account, cluster: Path) -> Path:
    """Return a path to the cluster that the account can use in a process that works in that folder.

    Raises DataFolderNotReachable where a folder on the way is closed and the system offers no way round.
    """
    closed = None if account.is_self else account.closed_parent(cluster)
    if closed is None:
        return cluster
    if WORKING_FOLDER.exists():
        return WORKING_FOLDER
    raise DataFolderNotReachable(
        f"PostgreSQL does not run as root, and user {account.name}, who runs it instead, cannot enter "
        f"{closed} on the way to the data folder {cluster.parent}; choose a folder elsewhere with "
        "DEMAIN_DATA_DIR (for example /var/lib/demain), or start Demain as an ordinary user."
    )


def private_folder(data: DataFolder) -> Path:
    """Make a folder of our own, 0700, with a path short enough for a socket; give it away when it is filled.

    Raises StartFailed if there is no place for it.
    """
    for base in (Path("/tmp"), Path(tempfile.gettempdir())):  # noqa: S108  a random name, and 0700
        longest = base / f"{SOCKET_PREFIX}xxxxxxxx" / f".s.PGSQL.{PORT}"
        if len(os.fsencode(longest)) > LONGEST_SOCKET_PATH:
            continue
        with contextlib.suppress(OSError):
            return Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=base))
    raise StartFailed(
        f"PostgreSQL on {data.folder} needs a temporary folder with a short path for its socket, and "
        f"neither /tmp nor {tempfile.gettempdir()} can be used; make /tmp writable or set TMPDIR."
    )
