"""``python -m deploy.manifests`` writes the manifests; ``--check`` only says which files differ."""

from __future__ import annotations

import sys

from deploy.generated import write_or_check
from deploy.manifests.files import files

if __name__ == "__main__":
    sys.exit(write_or_check(dict(files()), "deploy.manifests", sys.argv[1:]))
