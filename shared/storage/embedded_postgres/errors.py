"""What can go wrong with the embedded server: one clear sentence each, with the folder and the fix."""


class EmbeddedPostgresError(Exception):
    """Any failure of the embedded PostgreSQL; the message is meant to be shown to a person as it is."""


class DataFolderNotWritable(EmbeddedPostgresError):
    """The data folder, or something in it, cannot be created, read or written by this user."""


class DataFolderNotReachable(EmbeddedPostgresError):
    """As root: the unprivileged account that runs PostgreSQL cannot enter the data folder."""


class DataFolderNewer(EmbeddedPostgresError):
    """The data was written by a newer major version of PostgreSQL than the one installed."""


class DataFolderOlder(EmbeddedPostgresError):
    """The data was written by an older major version of PostgreSQL and has to be upgraded first."""


class BinariesNotReadable(EmbeddedPostgresError):
    """The PostgreSQL binaries are missing, or the account that runs the server cannot read them."""


class AlreadyRunning(EmbeddedPostgresError):
    """Another process owns the server of this data folder."""


class NotRunning(EmbeddedPostgresError):
    """No server runs on this data folder."""


class PasswordLost(EmbeddedPostgresError):
    """There is data, but its password file is missing or does not match."""


class StartFailed(EmbeddedPostgresError):
    """PostgreSQL could not be set up or started; ``log_tail`` holds the end of what it said."""

    def __init__(self, sentence: str, log_tail: str = "") -> None:
        super().__init__(f"{sentence}\n{log_tail}" if log_tail else sentence)
        self.log_tail = log_tail
