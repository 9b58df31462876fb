"""A tiny process that stops PostgreSQL when its owner was killed.

It is a shell waiting on a pipe whose other end only the owner holds: however the owner ends, the kernel
closes the pipe, and the shell asks PostgreSQL for a fast shutdown. It holds ``watchdog.lock`` until then,
so the next owner knows that the server it finds is about to stop, and waits instead of adopting it.
"""

import contextlib
import os
import subprocess
from pathlib import Path

from shared.storage.embedded_postgres.account import Account
from shared.storage.embedded_postgres.postmaster import PORT

# Arguments: process number of the server, socket folder. Works in the cluster folder.
# PostgreSQL removes postmaster.pid as the last thing: after an orderly stop there is nothing to do. To look
# for the process alone is not enough, since in a container without an init a dead one stays as a zombie.
_SCRIPT = f"""
read -r _
serves() {{ read -r running 2>/dev/null < postmaster.pid && [ "$running" = "$1" ] && kill -0 "$1" 2>/dev/null; }}
serves "$1" || exit 0
kill -INT "$1"
looks=0
while serves "$1" && [ "$looks" -lt 700 ]; do
    looks=$((looks + 1))
    [ "$looks" -eq 600 ] && kill -QUIT "$1"
    sleep 0.1 || sleep 1
done
rm -f "$2/.s.PGSQL.{PORT}" "$2/.s.PGSQL.{PORT}.lock"
rmdir "$2"
"""


class Watchdog:
    """The watchdog of one server, alive as long as its owner or the server."""

    def __init__(self, process: subprocess.Popen[bytes], owner_end: int) -> None:
        self._process = process
        self._owner_end = owner_end

    @classmethod
    def start(cls, cluster: Path, pid: int, socket_folder: Path, account: Account, lock: int) -> "Watchdog":
        """Start the watchdog of the server ``pid``; ``lock`` is the locked descriptor it keeps open."""
        watchdog_end, owner_end = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", _SCRIPT, "demain-postgres-watchdog", str(pid), str(socket_folder)],
                cwd=cluster,
                stdin=watchdog_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[lock],
                **account.credentials(),
            )
        except BaseException:
            os.close(owner_end)
            raise
        finally:
            os.close(watchdog_end)
        return cls(process, owner_end)

    def dismiss(self) -> None:
        """Let it go, after the server has ended; it finds nothing to do and exits."""
        os.close(self._owner_end)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
            return
        self._process.kill()
        self._process.wait()
