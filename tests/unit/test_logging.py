"""What is logged of an error: where it happened, and nothing of what people sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from shared.runtime.logging import Kept, OnceInAWhile, set_up

SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _sign_in(password: str) -> None:
    headers = {"authorization": f"Bearer {password}"}
    raise RuntimeError(f"no account ({len(headers)})")


@pytest.mark.parametrize("format", ["console", "json"])
def test_an_error_is_logged_with_its_traceback_and_without_local_variables(
    format: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    set_up(format=format, level="info", file=tmp_path / "demain.log")
    try:
        _sign_in(SECRET)
    except RuntimeError as error:
        structlog.get_logger("test").error("unexpected error", exc_info=error, access_token=SECRET)

    written = capsys.readouterr().err
    kept = (tmp_path / "demain.log").read_text()
    for text in (written, kept):
        assert "Traceback" in text
        assert "in _sign_in" in text
        assert SECRET not in text
    assert "no account" in json.loads(kept)["exception"]


def test_a_chatty_library_says_each_kind_of_line_once_in_a_while() -> None:
    clock = [100.0]
    once = OnceInAWhile("kafka", seconds=30, now=lambda: clock[0])

    def written(name: str, message: str, level: int = logging.WARNING, *values: object) -> bool:
        return once.filter(logging.LogRecord(name, level, "", 1, message, values, None))

    assert written("kafka.conn", "%s: connection failed", logging.WARNING, "broker 1")
    assert not written("kafka.conn", "%s: connection failed", logging.WARNING, "broker 2"), "the same kind"
    assert written("kafka.conn", "%s: connection failed", logging.ERROR, "broker 1"), "another level"
    assert written("kafka.conn", "<Socket 0x7f12> closed after 3 s")
    assert not written("kafka.conn", "<Socket 0xabc> closed after 41 s"), "values filled in already"
    assert written("kafka.client", "%s: connection failed"), "another part of it"
    assert written("kafkaesque", "a"), "another library"
    assert written("kafkaesque", "a")
    clock[0] += 31
    assert written("kafka.conn", "%s: connection failed", logging.WARNING, "broker 2")


def test_what_the_client_of_kafka_repeats_is_written_once(tmp_path: Path) -> None:
    set_up(format="json", level="info", file=tmp_path / "demain.log")
    for port in range(5):
        logging.getLogger("kafka.conn").warning("connection to %s failed", port)
        logging.getLogger("demain").warning("connection to %s failed", port)

    lines = [json.loads(line) for line in (tmp_path / "demain.log").read_text().splitlines()]
    assert [line["logger"] for line in lines].count("kafka.conn") == 1
    assert [line["logger"] for line in lines].count("demain") == 5


def test_a_file_is_begun_anew_when_it_is_full(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "demain.log", maxBytes=30, backupCount=1, encoding="utf-8")
    try:
        for line in ("é" * 10, "b" * 10, "c" * 10):
            kept.emit(logging.LogRecord("test", logging.INFO, "", 1, line, (), None))
    finally:
        kept.close()
    assert (tmp_path / "demain.log.1").read_text() == f"{'é' * 10}\n{'b' * 10}\n"
    assert (tmp_path / "demain.log").read_text() == f"{'c' * 10}\n"
