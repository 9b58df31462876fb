"""Files that are made from the services' declarations: written anew, or compared with what they should say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_or_check(files: Mapping[Path, str], module: str, arguments: Sequence[str]) -> int:
    """Write them, or with ``--check`` among the arguments name those that differ; the status to exit with."""
    if "--check" not in arguments:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not what the services declare: python -m {module} writes it anew")
    return 1 if stale else 0
