"""The few settings of the server that its owner chooses, and those that never change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerSettings:
    """Settings of the embedded server, passed on its command line at each start.

    ``fsync=False`` is for tests: a commit still survives the death of any process, not of the machine.
    ``shared_buffers`` and ``work_mem`` are PostgreSQL sizes (``"128MB"``).
    """

    max_connections: int = 100
    fsync: bool = True
    shared_buffers: str = "128MB"
    work_mem: str = "8MB"

    def __post_init__(self) -> None:
        # Three connections are kept for superusers by default; below this nobody else gets in.
        if self.max_connections < 5:
            raise ValueError(f"max_connections is {self.max_connections}; give at least 5")

    def arguments(self) -> list[str]:
        """Return the ``-c name=value`` arguments for the ``postgres`` command."""
        values = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "max_connections": str(self.max_connections),
            "shared_buffers": self.shared_buffers,
            "work_mem": self.work_mem,
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            # Without the values a statement was refused for: they may name people.
            "log_error_verbosity": "terse",
        }
        if not self.fsync:
            values |= {"fsync": "off", "full_page_writes": "off"}
        return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
