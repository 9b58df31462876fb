"""The server's log file: opened for the server, read at its end, kept short."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 8 * 1024 * 1024
TAIL_LINES = 20
TAIL_BYTES = 16 * 1024


class ServerLog:
    """``server.log`` in the data folder: at most about 8 MiB, and as much again in ``server.log.1``."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self.most_bytes = most_bytes

    def open(self) -> BinaryIO:
        """Open for appending, so that shortening the file under a running server is safe."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "ab")

    def size(self) -> int:
        """Return the size in bytes (0 if there is no log yet)."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def tail(self, since: int = 0) -> str:
        """Return the last lines written after byte ``since``."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # The log may have been shortened meanwhile: then everything in it is new.
                since = since if since <= size else 0
                file.seek(max(since, size - TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def shorten(self) -> bool:
        """Move what is there to ``server.log.1`` if the file grew past its limit; say whether it did.

        The server keeps its descriptor, so the bytes are copied and the file emptied; lines written between
        the two are lost, which a log can bear.
        """
        if self.size() <= self.most_bytes:
            return False
        shutil.copy2(self.path, self.path.with_name(self.path.name + ".1"))
        os.truncate(self.path, 0)
        return True
