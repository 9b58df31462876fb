"""The Dockerfile and what goes into the image."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.deploy import compose


def test_it_is_built_in_stages_on_a_pinned_base() -> None:
    text = compose.DOCKERFILE.read_text()
    stages = [rest for name, rest in compose.instructions() if name == "FROM"]
    assert len(stages) == 2 and stages[0].endswith("AS build")
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert all("${PYTHON_IMAGE}" in stage for stage in stages)


def test_what_is_installed_is_pinned_and_its_hash_checked() -> None:
    installs = [rest for name, rest in compose.instructions() if name == "RUN" and "pip install" in rest]
    assert "--require-hashes" in installs[0] and "requirements.lock" in installs[0]
    assert "--no-index" in installs[1] and "--no-deps" in installs[1]
    assert len(installs) == 2


def test_it_runs_as_nobody_in_particular() -> None:
    users = [rest for name, rest in compose.instructions() if name == "USER"]
    assert users == ["10001:10001"]  # a number: Kubernetes can see that it is not root's
    names = [name for name, _ in compose.instructions()]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in {"COPY", "RUN"})
    assert {"HEALTHCHECK", "LABEL", "STOPSIGNAL"} <= set(names)


def ignored(path: str) -> bool:
    """Whether Docker leaves a path out of what it builds from."""
    left_out = False
    for line in (compose.ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        parents = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
        if any(fnmatch(one, pattern) or fnmatch(f"/{one}", pattern.replace("**", "*")) for one in parents):
            left_out = not line.startswith("!")
    return left_out


def test_what_it_copies_is_let_in_and_nothing_secret() -> None:
    for name, rest in compose.instructions():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (compose.ROOT / source).exists() and not ignored(source), source
    assert (
        ignored(".env") and ignored(".git/config") and ignored("demain-data/version") and ignored("tests/conftest.py")
    )
    assert ignored("services/web/__pycache__/site.cpython-311.pyc")


def test_what_is_installed_has_every_file_of_the_source(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    built = subprocess.run(command, cwd=compose.ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "services", "shared"], cwd=compose.ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    missing = {path for path in listed if (compose.ROOT / path).exists()} - inside
    assert not missing, f"not in the image: {sorted(missing)[:10]}"


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A process whose /readyz says so; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 200)
            self.end_headers()
            self.wfile.write(b"database identity: down")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_asks_readyz(status: int, code: int) -> None:
    with answering(status) as port:
        asked = subprocess.run(
            [sys.executable, str(compose.ROOT / "deploy" / "healthy.py")],
            env={"DEMAIN_PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == code
    assert ("database identity: down" in asked.stderr) == (code == 1)


def test_the_health_check_says_when_nobody_answers() -> None:
    asked = subprocess.run(
        [sys.executable, str(compose.ROOT / "deploy" / "healthy.py")],
        env={"DEMAIN_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1 and "127.0.0.1:1/readyz" in asked.stderr
