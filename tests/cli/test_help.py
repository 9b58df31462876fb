"""Every command explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli.commands import build
from tests.cli.commands import call


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, (*path, name))


COMMANDS = dict(_commands(typer.main.get_command(build())))

PROMISED = {
    "run",
    "serve",
    "migrate",
    "sample",
    "token",
    "grant",
    "client add",
    "client list",
    "client remove",
    "import-contributions",
    "import-schedule",
    "search rebuild",
    "search verify",
    "republish",
    "restored",
    "backup",
    "restore",
    "parked list",
    "parked show",
    "parked retry",
    "doctor",
}


def test_all_promised_commands_are_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= PROMISED


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_explains_the_command_and_all_it_takes(path: tuple[str, ...], tmp_path: Path) -> None:
    done = call(tmp_path, *path, "--help")
    assert done.code == 0
    assert "Usage" in done.out
    command = COMMANDS[path]
    assert command.help, "a command without a word about what it does"
    unexplained = [one.name for one in command.params if not getattr(one, "help", None)]
    assert not unexplained


def test_a_command_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = call(tmp_path, "dance")
    assert done.code == 2
    assert "dance" in done.err


def test_help_touches_nothing(tmp_path: Path) -> None:
    call(tmp_path / "data", "run", "--help")
    assert not (tmp_path / "data").exists()
