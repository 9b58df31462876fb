"""Reads ``docker-compose.yml`` and the ``Dockerfile`` as Docker does, as far as they use its language."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
OURS = "demain:"
"""Begins the name of our own image."""

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:?[-?])(?P<rest>[^}]*))?\}")


class Unset(Exception):
    """A variable that must be given is not; the text is what Docker would say."""


def raw() -> dict[str, Any]:
    """The file, with its variables as they are written."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    """Every ``${…}`` replaced, all the way down. Raises Unset."""
    if isinstance(value, dict):
        return {name: interpolated(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [interpolated(one, variables) for one in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, operator, rest = match["name"], match["operator"] or "", match["rest"] or ""
        given = variables.get(name)
        if given is not None and (given or not operator.startswith(":")):
            return given
        if operator.endswith("?"):
            raise Unset(f"required variable {name} is missing a value: {rest}")
        return rest

    return _VARIABLE.sub(replace, value)


def required(value: Any) -> set[str]:
    """Names of the variables that have no default."""
    text = yaml.safe_dump(value, width=10_000)
    return {one["name"] for one in _VARIABLE.finditer(text) if (one["operator"] or "?").endswith("?")}


def make_secrets(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command that writes ``.env``, there instead of here."""
    return subprocess.run(
        [str(ROOT / "deploy" / "compose" / "make-secrets"), *arguments],
        env={"PATH": "/usr/bin:/bin", "DEMAIN_ENV_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def environment_file(path: Path) -> dict[str, str]:
    """What an ``.env`` says."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, _, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Image:
    """What the Dockerfile's last stage says of a container."""

    environment: Mapping[str, str]
    entrypoint: tuple[str, ...]


def instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, rest), with continued lines joined and comments left out."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(one[0].upper(), one[1]) for line in joined.splitlines() if len(one := line.split(maxsplit=1)) == 2]


def image() -> Image:
    """Our own."""
    whole = instructions()
    last = max(at for at, (name, _) in enumerate(whole) if name == "FROM")
    environment: dict[str, str] = {}
    entrypoint: tuple[str, ...] = ()
    for name, rest in whole[last:]:
        if name == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif name == "ENTRYPOINT":
            entrypoint = tuple(yaml.safe_load(rest))
    return Image(environment, entrypoint)


@dataclass(frozen=True)
class Container:
    """What runs in one container of ours: the command, and its whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def container(name: str, variables: Mapping[str, str]) -> Container:
    """A service of ours as Docker would start it. Raises Unset."""
    declared = interpolated(raw()["services"][name], variables)
    assert declared["image"].startswith(OURS), f"{name} is not our image"
    ours = image()
    environment = {**ours.environment, **{key: str(value) for key, value in declared["environment"].items()}}
    return Container(name, (*ours.entrypoint, *declared["command"]), environment)


def processes() -> list[str]:
    """The services that run for ever on our own image."""
    services = raw()["services"]
    return [
        name
        for name, one in services.items()
        if one["image"].startswith(OURS.removesuffix(":")) and one["restart"] != "no"
    ]
