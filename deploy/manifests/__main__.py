"""``python -m deploy.manifests`` writes the manifests; ``--check`` only says which files differ."""

from __future__ import annotations

import sys

from deploy.manifests.files import files
from deploy.routes import ROOT


def main(arguments: list[str]) -> int:
    """Write them, or with ``--check`` name those that differ."""
    stale = [path for path, text in files() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the services declare: python -m deploy.manifests writes it")
        return 1 if stale else 0
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
