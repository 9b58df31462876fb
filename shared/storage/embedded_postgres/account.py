"""Under whose name PostgreSQL runs.

PostgreSQL refuses to run as root. An ordinary user runs it as himself; root runs it as the owner of
the cluster or the data folder, where that is somebody else, else as the system user ``demain`` where an
administrator made one, else as ``nobody``.
(``initdb`` wants a user that has a name, so a bare number does not do.)
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from shared.storage.embedded_postgres.errors import StartFailed


class ProcessCredentials(TypedDict, total=False):
    """The arguments of ``subprocess`` that make a child run as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The user and group that run the server, by number."""

    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Whether this process already runs as that user."""
        return self.uid == os.geteuid()

    @property
    def name(self) -> str:
        """The user's name, or its number where it has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def credentials(self) -> ProcessCredentials:
        """Return the ``subprocess`` arguments that start a child under this account."""
        if self.is_self:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to this account (nothing to do when it is our own)."""
        if not self.is_self:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, folder: Path) -> None:
        """Give a folder and all it holds to this account."""
        self.own(folder)
        for path in folder.rglob("*"):
            self.own(path)

    def can(self, flag: str, path: Path) -> bool:
        """Whether the account passes ``test FLAG PATH`` (``-r``, ``-w``, ``-x``), access lists included."""
        try:
            answer = subprocess.run(  # noqa: S603
                ["/bin/sh", "-c", f'test {flag} "$1"', "sh", str(path)],
                cwd="/",
                check=False,
                **self.credentials(),
            )
        except PermissionError as error:
            raise StartFailed(
                f"PostgreSQL refuses to run as root, and this process may not switch to user {self.name} (a "
                "container without the capabilities SETUID and SETGID?); start as an ordinary user instead."
            ) from error
        return answer.returncode == 0

    def closed_parent(self, path: Path) -> Path | None:
        """Return the first folder on the way to ``path`` that the account cannot enter, if any."""
        return next((way for way in reversed((path, *path.parents)) if not self.can("-x", way)), None)


def choose_account(cluster: Path) -> Account:
    """Choose who runs the server of this cluster (which may not exist yet).

    Raises StartFailed if we are root and the machine has neither a user ``demain`` nor ``nobody``.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for folder in (cluster, cluster.parent):
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in ("demain", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise StartFailed(
        f"PostgreSQL refuses to run as root on {cluster.parent}, and this machine has neither a user "
        "'demain' nor 'nobody'; create one (useradd --system demain) or start as an ordinary user."
    )
