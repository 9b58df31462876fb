"""A start after a forced stop goes on with the data; SIGTERM ends it as Ctrl-C does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from shared.runtime.data_folder import DataFolder
from tests.cli.commands import call, environment
from tests.journeys.instance import START, STOP, is_ready
from tests.support.waiting import eventually


@asynccontextmanager
async def run(data: DataFolder, output: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """`demain run` on a folder, until it has said where it is; killed at the end if it still runs."""
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "--data-dir", str(data.path), "run", "--port", "0"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:

        def announced() -> str | None:
            assert process.poll() is None, output.read_text()
            return data.announced

        yield process, await eventually(announced, deadline=START)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def end_of(process: subprocess.Popen[bytes]) -> int:
    await eventually(lambda: process.poll() is not None, deadline=STOP)
    return int(process.returncode)


async def published(url: str) -> int:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        await eventually(lambda: is_ready(http), deadline=START)
        return len((await http.get("/api/contributions", params={"limit": 50})).raise_for_status().json()["items"])


async def test_a_second_start_reuses_what_a_forced_stop_left(tmp_path: Path) -> None:
    data, first, second = DataFolder(tmp_path / "data"), tmp_path / "first.txt", tmp_path / "second.txt"
    async with run(data, first) as (process, url):
        before = await published(url)
        assert before > 0
        where = urlsplit(url)
        with socket.create_connection((where.hostname or "", where.port or 0)) as stuck:
            # A request that never ends holds up a stop in order.
            stuck.sendall(b"POST /api/contributions HTTP/1.1\r\nHost: demain\r\nContent-Length: 9\r\n\r\n{")
            process.send_signal(signal.SIGINT)
            await eventually(lambda: "Stopping" in first.read_text(), deadline=STOP)
            process.send_signal(signal.SIGINT)
            assert await end_of(process) == 130
    assert "Creating the database" in first.read_text()
    assert data.announced is None, "nobody runs there any more"
    accounts = data.sample_accounts
    async with run(data, second) as (process, url):
        assert await published(url) == before
        process.send_signal(signal.SIGTERM)
        assert await end_of(process) == 0, second.read_text()
    said = second.read_text()
    assert "Creating the database" not in said
    assert "sample content" not in said
    assert all(one.email in said for one in accounts)
    assert "Stopped." in said
    assert "Traceback" not in first.read_text() + said


def test_commands_work_without_an_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMAIN_DURABLE_COMMITS", "false")
    assert "not there yet" in call(tmp_path / "data", "doctor").out
    made = call(tmp_path / "data", "migrate")
    assert made.code == 0, made
    assert "migrations applied" in made.out
    assert "up to date" in call(tmp_path / "data", "migrate").out
    well = call(tmp_path / "data", "doctor")
    assert well.code == 0, well.out
    verified = call(tmp_path / "data", "search", "verify")
    assert "no difference" in verified.out, verified
    restored = call(tmp_path / "data", "restored", "identity")
    assert "tells 0 states again" in restored.out, restored
