"""``make test-kafka`` says plainly that Apache Kafka cannot be had: an error there, a skip at every change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.kafka import __main__ as command
from tests.support.apache_kafka import VERSION, NoJava


def _nothing_to_be_had() -> Path:
    raise NoJava("Maven could not fetch Apache Kafka: no route to host")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [([], 1, "make test-kafka: Maven could not fetch"), (["--bounded"], 0, "SKIPPED: Maven could not fetch")],
)
def test_without_apache_kafka(
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "libraries", _nothing_to_be_had)
    monkeypatch.setattr(sys, "argv", ["tests.kafka", *arguments])

    assert command.main() == code
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize("failed", [False, True])
def test_a_part_that_fails_fails_all_and_stands_in_the_row(
    failed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ran(part: command.Part) -> command.Result:
        bad = failed and part is command.BOUNDED[-1]
        return command.Result(part, {"passed": 3, "failed": int(bad)}, 1.5, bad)

    monkeypatch.setattr(command, "libraries", Path)
    monkeypatch.setattr(command, "run", ran)
    monkeypatch.setattr(sys, "argv", ["tests.kafka", "--bounded"])

    assert command.main() == int(failed)
    row = capsys.readouterr().out.strip()
    assert row.startswith("| `python -m tests.kafka --bounded` | ")
    assert f"Apache Kafka {VERSION}" in row
    assert "fencing: 3 passed (1.5 min)" in row
    assert ("1 failed" in row) == failed


def test_what_is_selected_is_there() -> None:
    for part in (*command.WHOLE, *command.BOUNDED):
        for one in part.select:
            if one.startswith("tests/"):
                assert Path(one).exists(), one
