"""What is logged of an error: where it happened, and nothing of what people sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from shared.runtime.logging import set_up

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
