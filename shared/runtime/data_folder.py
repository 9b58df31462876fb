"""The data folder as a whole: whose it is now, which version wrote it, and where its files lie.

::

    version          number of the layout, written when the folder is first used
    demain.lock      held (flock) by the running instance; its process number and address
    sample.json      whether the sample was told, and the accounts anybody may sign in to
    logs/            what happened, as JSON lines
    postgresql/      see `shared.storage.embedded_postgres`
    index/           see `shared.search_index`
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from shared.runtime.sample import SampleAccount

LAYOUT = 1
"""Rises when an older Demain could no longer read the folder."""


LOCK_SECONDS = 0.5
"""How long a claim waits for one that is just being given back."""


class DataFolderRefused(Exception):
    """The folder cannot be used; one sentence names it and the fix."""


class DataFolder:
    """A data folder. Construction touches nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.logs = folder / "logs"
        self._version = folder / "version"
        self._lock = folder / "demain.lock"
        self._sample = folder / "sample.json"

    @property
    def is_used(self) -> bool:
        """Whether a Demain has begun to keep data here. Raises DataFolderRefused."""
        with self._refusing():
            return self._version.exists() or (self.path / "postgresql").exists()

    def check_version(self) -> None:
        """Raises DataFolderRefused if a newer Demain has written the folder, or its version is illegible."""
        with self._refusing():
            if not self._version.exists():
                return
            said = self._version.read_text(encoding="utf-8", errors="replace").strip()
        if not said.isdecimal():
            raise DataFolderRefused(
                f"The file {self._version} is damaged (it says {said[:20]!r}, a number was expected): "
                "restore the data folder from a backup."
            )
        if int(said) > LAYOUT:
            raise DataFolderRefused(
                f"The data folder {self.path} was written by a newer Demain (layout {said}, this one knows {LAYOUT}): "
                "start that one, or choose another folder with DEMAIN_DATA_DIR."
            )

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Make the folder if it is missing, and be the only instance on it while the block runs.

        Raises DataFolderRefused.
        """
        with self._refusing():
            self.path.mkdir(parents=True, exist_ok=True)
        self.check_version()
        with self._refusing():
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not self._patiently(descriptor):
                holder = f" (process {pid})" if (pid := self._holder().get("pid")) else ""
                raise DataFolderRefused(
                    f"The data folder {self.path} is in use by another running Demain{holder}: "
                    "stop that one first, or choose another folder with DEMAIN_DATA_DIR."
                )
            with self._refusing():
                self._give_to_owner(self._lock)
                self.logs.mkdir(mode=0o700, exist_ok=True)
                self._give_to_owner(self.logs)
                if not os.access(self.logs, os.W_OK | os.X_OK):
                    raise PermissionError(13, "Permission denied", str(self.logs))
            self.announce(None)
            yield
            self._lock.write_text("")
        finally:
            os.close(descriptor)

    @staticmethod
    def _patiently(descriptor: int) -> bool:
        """Take the lock, patient with who only looks at it, and with a forked child that is still our copy."""
        deadline = time.monotonic() + LOCK_SECONDS
        while not _take(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def begin(self, *, sample: bool) -> None:
        """Sign an empty folder with our version, and note whether it is to be filled with sample content.

        A folder that is in use already stays as it is. Raises DataFolderRefused.
        """
        if not self.is_used and sample:
            self._write_sample(told=False, accounts=[])
        with self._refusing():
            if not self._version.exists():
                self._version.write_text(f"{LAYOUT}\n")
                self._give_to_owner(self._version)

    def announce(self, url: str | None) -> None:
        """Note where the instance that holds the claim is reached."""
        with self._refusing():
            self._lock.write_text(json.dumps({"pid": os.getpid(), "url": url}))

    @property
    def announced(self) -> str | None:
        """Where the running instance is reached, as far as it is known."""
        url = self._holder().get("url")
        return url if isinstance(url, str) else None

    @property
    def waits_for_sample(self) -> bool:
        """Whether sample content was promised and is not (wholly) there."""
        return self._read_sample().get("told") is False

    @property
    def sample_accounts(self) -> list[SampleAccount]:
        """The accounts of the sample story, as they were made."""
        kept = self._read_sample().get("accounts")
        return [SampleAccount(**one) for one in kept] if isinstance(kept, list) else []

    def keep_sample(self, accounts: list[SampleAccount]) -> None:
        """Note that the sample was told whole."""
        self._write_sample(told=True, accounts=accounts)

    def _write_sample(self, *, told: bool, accounts: list[SampleAccount]) -> None:
        with self._refusing():
            fresh = self._sample.with_suffix(".new")
            fresh.write_text(
                json.dumps({"told": told, "accounts": [asdict(one) for one in accounts]}, indent=1, ensure_ascii=False),
                encoding="utf-8",
            )
            fresh.chmod(0o600)
            self._give_to_owner(fresh)
            fresh.replace(self._sample)

    def _read_sample(self) -> dict[str, object]:
        with self._refusing():
            try:
                return dict(json.loads(self._sample.read_text(encoding="utf-8")))
            except (FileNotFoundError, ValueError, TypeError):
                return {}

    def _holder(self) -> dict[str, object]:
        """What the instance that holds the claim has written; nothing if none does, as after a kill."""
        try:
            with self._lock.open() as file:
                if _take(file.fileno(), fcntl.LOCK_SH):
                    return {}
                return dict(json.load(file))
        except (OSError, ValueError, TypeError):
            return {}

    def _give_to_owner(self, path: Path) -> None:
        """What root makes in a user's folder is the user's, who may start it next time."""
        owner = self.path.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataFolderRefused(
                f"The data folder {self.path} cannot be used by this user ({error.strerror}: {error.filename}): "
                "choose another folder with DEMAIN_DATA_DIR, or mend the rights and the free space of this one."
            ) from error


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
