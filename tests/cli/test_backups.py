"""What is no backup is not restored, and nothing that is there is written over, in one sentence each."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from services.cli.backups import owners
from shared.runtime.data_folder import LAYOUT, DataFolder
from tests.cli.commands import call
from tests.cli.test_refusals import refused


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder that says it holds identity's database."""
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "identity.dump").write_bytes(b"a dump")
    digest = hashlib.sha256(b"a dump").hexdigest()
    entry = {"service": "identity", "file": "identity.dump", "bytes": 6, "sha256": digest}
    manifest = {"format": 1, "made_at": "2026-11-23T04:00:00Z", "demain": "0.1.0", "databases": [entry]}
    (folder / "backup.json").write_text(json.dumps(manifest))
    return folder


def test_every_service_that_owns_something_is_backed_up() -> None:
    assert [service.name for service in owners()] == ["identity", "contributions", "events", "partners", "web"]


def test_a_folder_that_holds_something_is_not_written_to(tmp_path: Path, backup: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "version").write_text(f"{LAYOUT}\n")
    (data / "postgresql").mkdir()

    refused(call(data, "backup", str(backup)), str(backup), "not empty")


def test_a_backup_that_was_broken_off_is_not_restored(tmp_path: Path, backup: Path) -> None:
    (backup / "backup.json").unlink()
    refused(call(tmp_path / "data", "restore", str(backup)), "no whole backup", "backup.json")


def test_a_backup_of_another_format_is_not_restored(tmp_path: Path, backup: Path) -> None:
    (backup / "backup.json").write_text('{"format": 2}')
    refused(call(tmp_path / "data", "restore", str(backup)), "not what this version writes")


def test_a_dump_that_was_damaged_is_not_restored(tmp_path: Path, backup: Path) -> None:
    (backup / "identity.dump").write_bytes(b"a dumP")
    refused(call(tmp_path / "data", "restore", str(backup)), "identity.dump", "checksum")
    assert not (tmp_path / "data" / "postgresql").exists(), "nothing is started for it"


def test_a_dump_outside_the_backup_is_not_read(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "identity.dump").write_bytes(b"a dump")
    manifest = (backup / "backup.json").read_text().replace('"identity.dump"', '"../identity.dump"')
    (backup / "backup.json").write_text(manifest)
    refused(call(tmp_path / "data", "restore", str(backup)), "identity.dump")


def test_a_service_that_is_not_in_the_backup(tmp_path: Path, backup: Path) -> None:
    refused(call(tmp_path / "data", "restore", str(backup), "--service", "web"), "nothing of web", "holds identity")


def test_a_platform_that_runs_is_not_restored(tmp_path: Path, backup: Path) -> None:
    with DataFolder(tmp_path / "data").claim():
        refused(call(tmp_path / "data", "restore", str(backup)), "in use by another running Demain")
