"""Static files under addresses that hold a hash of their content, so that browsers keep them for a year.

No build step: at the first use the files are read, the style sheets put together in the order of their
names (the site's, then each section's), and all held in memory, compressed once.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STYLE = "demain.css"
"""The one style sheet, made of all."""

_COMPRESSED = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    path: str
    """Below ``/static/``, with its hash."""
    content: bytes
    compressed: bytes | None
    media_type: str


class Assets:
    """All static files of the site and its sections."""

    def __init__(self, site: Path, sections: Iterable[tuple[str, Path]]) -> None:
        """``sections`` are pairs of a name and a folder, which need not exist."""
        self._by_name: dict[str, Asset] = {}
        self._by_path: dict[str, Asset] = {}
        styles: list[bytes] = []
        for name, folder in [("", site), *sections]:
            for file in sorted(folder.glob("*")) if folder.is_dir() else []:
                if file.suffix == ".css":
                    styles.append(file.read_bytes())
                elif file.is_file():
                    self._add(f"{name}/{file.name}" if name else file.name, file.read_bytes())
        self._add(STYLE, b"\n".join(styles))

    def _add(self, name: str, content: bytes) -> None:
        stem, dot, suffix = name.rpartition(".")
        path = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{suffix}"
        media_type = "text/javascript" if suffix == "js" else mimetypes.guess_type(name)[0]
        compressed = gzip.compress(content, mtime=0) if f".{suffix}" in _COMPRESSED else None
        asset = Asset(path, content, compressed, media_type or "application/octet-stream")
        self._by_name[name] = self._by_path[path] = asset

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there."""
        return f"/static/{self._by_name[name].path}"

    def at(self, path: str) -> Asset | None:
        """The file at a path below ``/static/``; None unless the hash is that of its content."""
        return self._by_path.get(path)
