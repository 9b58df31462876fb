"""What cannot work is said in one clear sentence, with a non-zero exit code and no traceback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.runtime.data_folder import LAYOUT
from tests.cli.commands import Done, call, start


def refused(done: Done, *words: str) -> None:
    """One sentence on standard error that holds all these words."""
    assert done.code == 1, done
    assert "Traceback" not in done.err + done.out
    sentences = done.err.strip().splitlines()
    assert len(sentences) == 1, done.err
    for word in ("demain: ", *words):
        assert word in sentences[0]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use(taken: int, tmp_path: Path) -> None:
    done = start(tmp_path / "data", "run", "--port", str(taken))
    refused(done, f"127.0.0.1:{taken}", "DEMAIN_PORT")
    assert not (tmp_path / "data" / "postgresql").exists(), "nothing is started for it"


def test_a_folder_of_a_newer_demain(tmp_path: Path) -> None:
    (tmp_path / "version").write_text(f"{LAYOUT + 1}\n")
    refused(call(tmp_path, "run", "--port", "0"), str(tmp_path), "newer Demain", "DEMAIN_DATA_DIR")


def test_a_damaged_version_file(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("one\n")
    refused(call(tmp_path, "migrate"), str(tmp_path / "version"), "damaged", "backup")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    refused(start(folder, "run", "--port", "0", as_nobody=True), str(folder), "Permission denied", "DEMAIN_DATA_DIR")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am no folder")
    refused(call(tmp_path / "file" / "data", "run", "--port", "0"), "Not a directory", "DEMAIN_DATA_DIR")


def test_a_command_without_data(tmp_path: Path) -> None:
    for arguments in (["token", "a@b.fr"], ["parked", "list"], ["search", "verify"], ["republish", "contributions"]):
        refused(call(tmp_path / "nothing", *arguments), "no data", "`demain run`")
    assert not (tmp_path / "nothing").exists()


def test_a_service_that_does_not_exist(tmp_path: Path) -> None:
    refused(call(tmp_path, "republish", "weather"), "'weather'", "contributions", "search")


def test_a_setting_that_cannot_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEMAIN_PORT", "70000")
    refused(call(tmp_path, "run"), "DEMAIN_PORT", "65535", "70000")


def test_serving_one_service_without_its_servers(tmp_path: Path) -> None:
    refused(call(tmp_path, "serve", "search"), "DATABASE_URL")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SMTP_URL": "smtp://h"}, ("SMTP_URL", "DEMAIN_MAIL_FROM")),
        ({"SMTP_URL": "smtp://h", "DEMAIN_MAIL_FROM": "a@b.example"}, ("SMTP_URL", "DEMAIN_PUBLIC_URL")),
        ({"DEMAIN_MAIL_FROM": "nobody"}, ("DEMAIN_MAIL_FROM", "not a sender")),
        (
            {
                "SMTP_URL": "http://u:geheim@h",
                "DEMAIN_MAIL_FROM": "a@b.example",
                "DEMAIN_PUBLIC_URL": "https://b.example",
            },
            ("SMTP_URL", "write it like"),
        ),
    ],
)
def test_mail_that_cannot_go_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = call(tmp_path, "migrate")
    refused(done, *words)
    assert "geheim" not in done.err + done.out
    assert not (tmp_path / "postgresql").exists()


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://demain:geheim@127.0.0.1:9/")
    done = call(tmp_path, "migrate")
    refused(done, "DATABASE_URL")
    assert "geheim" not in done.err + done.out


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = call(tmp_path, "--debug", "republish", "weather")
    assert done.code == 1
    assert "Traceback" in done.err
