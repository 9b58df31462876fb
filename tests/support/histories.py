"""Histories of migrations that a test makes: a service's own, cut off at a revision or gone on with."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

from shared.storage.migrations import History


def oldest_first(folder: Path) -> list[str]:
    """The revisions of a history, in the order they run."""
    scripts = History(folder, "service_version").scripts
    return [one.revision for one in scripts.walk_revisions()][::-1]


def up_to(folder: Path, into: Path, revision: str) -> Path:
    """A copy of a history that ends with ``revision``, as the code of that time had it."""
    scripts = History(folder, "service_version").scripts
    (into / "versions").mkdir(parents=True)
    for one in scripts.walk_revisions(base="base", head=revision):
        shutil.copy(one.path, into / "versions")
    return into


def gone_on(folder: Path, into: Path, *, revision: str, upgrade: str, contracts: str | None = None) -> Path:
    """A copy of a history with one migration more. ``upgrade`` are the statements of its function."""
    shutil.copytree(folder, into, ignore=shutil.ignore_patterns("__pycache__"))
    module = [
        "import sqlalchemy as sa",
        "from alembic import op",
        f"revision = {revision!r}",
        f"down_revision = {oldest_first(folder)[-1]!r}",
        *([f"CONTRACTS = {contracts!r}"] if contracts else []),
        "def upgrade() -> None:",
        textwrap.indent(textwrap.dedent(upgrade).strip(), "    "),
    ]
    (into / "versions" / f"{revision}.py").write_text("\n".join(module) + "\n", encoding="utf-8")
    return into
