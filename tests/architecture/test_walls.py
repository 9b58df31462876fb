"""The contracts of import-linter find an import that goes through a wall."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

HOUSE = {
    "services/registry.py": "import services.identity.service\nimport services.web.service",
    "services/cli/entry.py": "import services.registry\nimport services.identity.accounts",
    "services/identity/service.py": "",
    "services/identity/accounts.py": "",
    "services/identity/workflow.py": "import enum",
    "services/identity/policy.py": "import shared.auth",
    "services/web/service.py": "import fastapi",
    "shared/auth.py": "",
    "shared/mail/folder_mail.py": "",
    "shared/mail/smtp_mail.py": "",
    "shared/messaging/kafka_log.py": "",
    "shared/messaging/postgres_log.py": "",
    "shared/search_index/meilisearch_index.py": "",
    "shared/search_index/tantivy_index.py": "",
    "shared/storage/embedded_postgres.py": "",
    "shared/runtime/wiring.py": "import shared.messaging.kafka_log",
    "shared/runtime/platform.py": "import shared.runtime.wiring",
}
"""A house as it should be, in small."""

HOLES = {
    "Services never import each other": ("services/web/service.py", "import services.identity.accounts"),
    "What is shared knows no service": ("shared/auth.py", "import services.identity.service"),
    "Workflows and policies know no framework": ("shared/auth.py", "import sqlalchemy"),  # by way of policy
    "Only wiring knows an adapter": ("shared/runtime/platform.py", "import shared.messaging.kafka_log"),
}
"""Contract → what goes through its wall."""


def _lint(folder: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, source in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        for package in (file.parent, *file.parent.parents):
            if package == folder:
                break
            (package / "__init__.py").touch()
        file.write_text(source + "\n")
    shutil.copy(ROOT / ".importlinter", folder)
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_house_as_it_should_be_passes(tmp_path: Path) -> None:
    done = _lint(tmp_path, HOUSE)
    assert done.returncode == 0, done.stdout + done.stderr
    for contract in HOLES:
        assert f"{contract} KEPT" in done.stdout


@pytest.mark.parametrize("contract", HOLES)
def test_a_hole_in_the_wall_is_found(contract: str, tmp_path: Path) -> None:
    file, hole = HOLES[contract]
    done = _lint(tmp_path, {**HOUSE, file: f"{HOUSE[file]}\n{hole}"})
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout
