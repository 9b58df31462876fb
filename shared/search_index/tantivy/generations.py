"""Generations of the index as folders, and which one is live.

::

    <folder>/LOCK                    held by the one process that owns the folder
    <folder>/CURRENT                 the name of the live generation, replaced atomically
    <folder>/<generation>/           a tantivy index, and
    <folder>/<generation>/demain.json   the schema it was made with, and whether it was begun for a rebuild
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from pathlib import Path
from typing import IO

import tantivy

from shared.search_index.port import IndexUnavailable

from .schema import SCHEMA, VERSION

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ABOUT = "demain.json"
_HEAP = 30_000_000
"""Bytes the writer gathers before it cuts a segment; tantivy asks for at least 15 MB."""


class Outdated(Exception):
    """A generation that this code cannot read: of another schema version, or damaged."""


class Generation:
    """One open generation. Its writer is opened with the first change; only the writing thread changes it."""

    def __init__(self, name: str, folder: Path) -> None:
        """Raises Outdated, saying why, if it cannot be read."""
        self.name = name
        self.folder = folder
        self.begun_for_rebuild = _about(folder)
        try:
            self._index = tantivy.Index.open(str(folder))
            self._index.config_reader("manual")
            self._index.reload()
        except (ValueError, OSError) as error:
            raise Outdated(f"{folder}: {error}") from error
        self.searcher: tantivy.Searcher = self._index.searcher()
        """The snapshot that queries read; replaced after each commit."""
        self._writer: tantivy.IndexWriter | None = None

    def write(self, documents: dict[str, tantivy.Document | None]) -> None:
        """Put in, replace or (None) take out by id, in one commit; on return `searcher` sees it.

        Raises IndexUnavailable, and leaves the generation as it was, if the disk refuses.
        """
        try:
            self._commit(documents)
        except BaseException as error:
            self._roll_back()
            if not isinstance(error, ValueError | OSError | RuntimeError):
                raise
            raise IndexUnavailable(
                f"search index: writing to {self.folder} failed ({error}): see disk space and rights"
            ) from error
        self._index.reload()
        self.searcher = self._index.searcher()

    def _commit(self, documents: dict[str, tantivy.Document | None]) -> None:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for id, document in documents.items():
            self._writer.delete_documents_by_term("id", id)
            if document is not None:
                self._writer.add_document(document)
        self._writer.commit()

    def _roll_back(self) -> None:
        """Forget what was gathered: the next commit must not bring half of a batch."""
        if self._writer is not None:
            try:
                self._writer.rollback()
            except (ValueError, OSError, RuntimeError):
                self._writer = None

    def close(self) -> None:
        """End merges and let go of the writer; searchers that are still held stay readable."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()


class Folder:
    """The folder with all generations, owned by one process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Create it if need be and take its lock. Raises IndexUnavailable if another process has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "LOCK").open("a+")
        except OSError as error:
            raise IndexUnavailable(
                f"search index: {self.path} cannot be used ({error}); give a folder this process may write to"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read(32).strip() or "unknown"
            lock.close()
            raise IndexUnavailable(
                f"search index: {self.path} is in use by process {owner}; one process only may own it: "
                "stop that one, or run several search processes on Meilisearch (MEILI_URL)"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let another process have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def current(self) -> str | None:
        """The name of the live generation; None if none was ever recorded or its folder is gone."""
        try:
            name = (self.path / "CURRENT").read_text().strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if _NAME.fullmatch(name) and (self.path / name).is_dir() else None

    def names(self) -> list[str]:
        """Every generation on disk, broken-off ones included."""
        return sorted(entry.name for entry in self.path.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name))

    def create(self, name: str, *, for_rebuild: bool) -> None:
        """Make an empty generation, in place of one of that name. Raises ValueError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"generation {name[:80]!r}: use 1 to 64 of a-z, 0-9, - and _, not - or _ first")
        folder = self.path / name
        self.remove(name)
        folder.mkdir()
        tantivy.Index(SCHEMA, path=str(folder))
        _write(folder / _ABOUT, json.dumps({"schema": VERSION, "begun_for_rebuild": for_rebuild}))
        _sync(self.path)

    def record(self, name: str) -> None:
        """Make it the live one: from here on a restart opens it."""
        _write(self.path / "CURRENT", name)

    def remove(self, name: str) -> None:
        """Delete it, if it is there. Files that a query still reads vanish when it has finished."""
        if (self.path / name).is_dir():
            shutil.rmtree(self.path / name)

    def open(self, name: str) -> Generation:
        """Open a generation. Raises Outdated, or ValueError if there is none of that name."""
        if not _NAME.fullmatch(name) or not (self.path / name).is_dir():
            raise ValueError(f"generation {name[:80]!r} does not exist; there are {', '.join(self.names())}")
        return Generation(name, self.path / name)


def _about(folder: Path) -> bool:
    try:
        about = json.loads((folder / _ABOUT).read_text())
        version, for_rebuild = about["schema"], bool(about["begun_for_rebuild"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Outdated(f"{folder} was never finished or is damaged ({error})") from error
    if version != VERSION:
        raise Outdated(f"{folder} has schema version {version}, this code writes {VERSION}")
    return for_rebuild


def _write(path: Path, text: str) -> None:
    """Replace a file so that after a crash it holds the old text or the new one, never a part."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
