"""Sets up Demain's own environment in .venv, for `make`: only Python and its standard library are needed.

``python3 deploy/environment.py run`` installs what runs the platform, ``… dev`` what tests need
too. Every package is pinned and its hash checked. Nothing happens when the lock is the one installed last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
LOG = VENV / "install.log"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]


class CannotSetUp(Exception):
    """The environment cannot be set up; the text says why and what to do."""


def fingerprint(kind: str) -> str:
    """What an installed environment must be made from: the lock, the project's own declaration, the place."""
    whole = hashlib.sha256(str(ROOT).encode())
    for source in (LOCKS[kind], ROOT / "pyproject.toml"):
        whole.update(source.read_bytes())
    return whole.hexdigest()


def stamp(kind: str) -> Path:
    """The file that says what was installed last."""
    return VENV / f".installed-{kind}"


def is_installed(kind: str) -> bool:
    """Whether nothing needs to be done."""
    return stamp(kind).is_file() and stamp(kind).read_text() == fingerprint(kind) and works(PYTHON)


def works(python: Path) -> bool:
    """Whether an interpreter is there and new enough."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return python.exists() and subprocess.run([str(python), "-c", question], check=False).returncode == 0  # noqa: S603


def check_this_python() -> None:
    """Raises CannotSetUp if the interpreter this runs under cannot make an environment. (make checks its age.)"""
    if not all(find_spec(name) for name in ("venv", "ensurepip")):
        raise CannotSetUp(
            f"{sys.executable} lacks its modules venv and ensurepip: install them "
            "(Debian and Ubuntu: apt install python3-venv), then start again."
        )


def make_environment() -> None:
    """Make .venv, or make it again if its interpreter is gone. Raises CannotSetUp."""
    if not works(PYTHON):
        say("Creating .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        execute([sys.executable, "-m", "venv", str(VENV)], "could not create .venv")
    elif subprocess.run([*PIP, "--version"], check=False, capture_output=True).returncode != 0:  # noqa: S603
        execute([str(PYTHON), "-m", "ensurepip"], "could not put pip into .venv")


def install(kind: str) -> None:
    """Install the lock, then the project itself. Raises CannotSetUp."""
    lock = LOCKS[kind]
    wanted = sum(1 for line in lock.read_text().splitlines() if line[:1].isalnum())
    say(f"Installing up to {wanted} packages from {lock.name} (once; a minute or two)")
    execute(
        [*PIP, "install", "--require-hashes", "--progress-bar", "off", "-r", str(lock)],
        f"could not install {lock.name}",
        wanted,
    )
    # Without isolation: its build backend is in the lock too, nothing unpinned is fetched.
    execute(
        [*PIP, "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
        "could not install Demain itself",
    )


def execute(command: list[str], failure: str, packages: int = 0) -> None:
    """Run a command, its output kept in install.log; show how many packages are there yet on a terminal."""
    VENV.mkdir(exist_ok=True)
    counts = packages and sys.stdout.isatty()
    seen = 0
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT
        ) as child,
    ):
        assert child.stdout is not None
        last: list[str] = []
        for line in child.stdout:
            log.write(line)
            last = [*last[-11:], line]
            if counts and line.startswith(("Collecting ", "Requirement already satisfied", "Installing collected")):
                seen += 1
                sys.stdout.write(f"\r  {min(seen, packages)} of {packages} \033[K")
                sys.stdout.flush()
    if counts:
        sys.stdout.write("\r\033[K")
    if child.returncode != 0:
        raise CannotSetUp(f"{failure}; the end of {LOG.relative_to(ROOT)} says why:\n{''.join(last)}".rstrip())


def say(message: str) -> None:
    """Tell what is being done."""
    print(message, flush=True)


def main(kind: str) -> int:
    """Set up for ``run`` or ``dev``; 0 when all is there."""
    try:
        if is_installed(kind):
            return 0
        if not works(PYTHON):
            check_this_python()
        make_environment()
        stamp(kind).unlink(missing_ok=True)
        install(kind)
        stamp(kind).write_text(fingerprint(kind))
        if kind == "dev":  # its lock holds all of the other one
            stamp("run").write_text(fingerprint("run"))
    except CannotSetUp as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"make: {error.filename or VENV} cannot be written ({error.strerror}): "
            "free some space, or make the checkout writable for this user.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} {'|'.join(LOCKS)}")  # noqa: PTH119
    sys.exit(main(sys.argv[1]))
