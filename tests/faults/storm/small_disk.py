"""A disk that can be full: a small file system in memory, mounted for the run. It needs the right to mount (root)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BALLAST = "ballast"


class SmallDisk:
    """A folder on a file system of its own where that can be had, else a plain folder that cannot be filled."""

    def __init__(self, name: str, megabytes: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"demain-{name}-"))
        # The account PostgreSQL runs under must get through.
        self.folder.chmod(0o755)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(self.folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.why_not = "" if done.returncode == 0 else f"cannot mount a small disk: {done.stderr.strip()}"
        except FileNotFoundError:
            self.why_not = "there is no mount command"

    @property
    def can_be_filled(self) -> bool:
        """Whether it is a file system of its own."""
        return not self.why_not

    def fill(self) -> int:
        """Leave no byte free; how many were."""
        assert self.can_be_filled, self.why_not
        taken = 0
        with (self.folder / BALLAST).open("wb") as ballast:
            block = b"\0" * 65536
            while block:
                try:
                    os.write(ballast.fileno(), block)
                    taken += len(block)
                except OSError:
                    block = block[: len(block) // 2]
        return taken

    def empty(self) -> None:
        """Give the room back."""
        (self.folder / BALLAST).unlink(missing_ok=True)

    def remove(self) -> None:
        """Unmount it, and remove the folder. What still uses it keeps it until it ends."""
        if self.can_be_filled:
            subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
