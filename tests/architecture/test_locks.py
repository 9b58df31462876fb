"""The lock files hold what pyproject.toml asks for, pinned and hashed, and name no address."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.rules import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
RUN = PROJECT["project"]["dependencies"] + GROUPS["build"]
LOCKS = {"requirements.lock": RUN, "requirements-dev.lock": RUN + GROUPS["dev"]}
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)(?: *;([^\\]*))?")


def pins(lock: str) -> dict[str, set[Version]]:
    """Package → the versions pinned; several where they differ by platform or Python."""
    found: dict[str, set[Version]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip()):
        pinned = _PINNED.match(block)
        assert pinned, f"not pinned: {block[:80]}"
        assert "--hash=sha256:" in block, f"no hash: {block[:80]}"
        found.setdefault(canonicalize_name(pinned[1]), set()).add(Version(pinned[2]))
    return found


def unmet(asked: list[str], pinned: dict[str, set[Version]]) -> list[str]:
    """The requirements that hold here and that no pin meets."""
    requirements = list(map(Requirement, asked))
    here = {name: str(value) for name, value in default_environment().items()}
    return [
        str(one)
        for one in requirements
        if (one.marker is None or one.marker.evaluate(here))
        and not any(one.specifier.contains(version) for version in pinned.get(canonicalize_name(one.name), ()))
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_is_asked_for(lock: str) -> None:
    assert unmet(LOCKS[lock], pins(lock)) == [], "run `make lock`"


def test_a_requirement_the_lock_does_not_meet_is_found() -> None:
    pinned = pins("requirements.lock")
    assert unmet(["fastapi>=900", "surely-no-package"], pinned) == ["fastapi>=900", "surely-no-package"]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host|@ ", text)


def test_the_developers_lock_holds_all_of_the_other() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: versions for name, versions in run.items() if dev.get(name) != versions} == {}
