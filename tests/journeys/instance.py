"""The platform as anybody starts it: ``demain run`` in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from shared.runtime.data_folder import DataFolder
from shared.runtime.sample import SampleAccount
from tests.journeys.mailboxes import Mailbox, MailsOnTheSite
from tests.support.apache_kafka import ApacheKafka
from tests.support.waiting import eventually

MODES = ("DEMAIN_", "KAFKA_", "OTEL_", "OIDC_")
"""Variables of ours that a test does not inherit."""
START, STOP = 360.0, 90.0
"""Seconds the start (with a new database and its sample) and the stop may take on a slow machine."""

JOURNEY = 600.0
"""Seconds until the first journey has told something."""
MESSAGES_BEFORE_A_KILL = 1


class Platform(Protocol):
    """A running Demain with its sample content, however many processes it is."""

    @property
    def url(self) -> str:
        """Where people reach it."""
        ...

    @property
    def mailbox(self) -> Mailbox:
        """Where its mails are read."""
        ...

    def account(self, role: str) -> SampleAccount:
        """The sample account that holds ``role``."""
        ...

    def log_since(self, offset: int) -> str:
        """What its log has said since it was ``offset`` bytes long."""
        ...

    @property
    def log_size(self) -> int:
        """Length of its log, in bytes."""
        ...


@dataclass(frozen=True)
class Instance:
    """One that runs in a process of its own."""

    url: str
    folder: DataFolder
    output: Path
    process: subprocess.Popen[bytes]
    mailbox: Mailbox = field(default_factory=MailsOnTheSite)

    def account(self, role: str) -> SampleAccount:
        """The sample account that holds ``role``."""
        return next(one for one in self.folder.sample_accounts if one.role == role)

    def log_since(self, offset: int) -> str:
        """What the log has said since it was ``offset`` bytes long."""
        with (self.folder.logs / "demain.jsonl").open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    @property
    def log_size(self) -> int:
        """Length of the log, in bytes."""
        return (self.folder.logs / "demain.jsonl").stat().st_size


async def is_ready(http: httpx.AsyncClient) -> bool:
    """Whether the platform says so; one that is slow to answer is not yet."""
    with contextlib.suppress(httpx.TransportError):
        return (await http.get("/readyz")).status_code == 200
    return False


@asynccontextmanager
async def demain_run(
    folder: Path, environ: Mapping[str, str] | None = None, *, port: int = 0
) -> AsyncIterator[Instance]:
    """Start it on a free port, wait until it is ready; stop it as Ctrl-C does and insist on a clean end.

    ``environ`` is set for it beside what makes tests faster.
    """
    data, output = DataFolder(folder / "data"), folder / "output.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(MODES)}
    for mode in ("DATABASE_URL", "SMTP_URL"):
        inherited.pop(mode, None)
    with output.open("wb") as written:
        process = subprocess.Popen(  # the command of the same environment as this test
            [sys.executable, "-m", "services.cli", "--data-dir", str(data.path), "run", "--port", str(port)],
            env={**inherited, "DEMAIN_DURABLE_COMMITS": "false", "PYTHONUNBUFFERED": "1", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:

        def address() -> str:
            assert process.poll() is None, f"`demain run` ended with {process.returncode}:\n{output.read_text()}"
            return data.announced or ""

        url = await eventually(address, deadline=START)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            await eventually(lambda: is_ready(http), deadline=START)
        yield Instance(url, data, output, process)
        process.send_signal(signal.SIGINT)
        await eventually(lambda: process.poll() is not None, deadline=STOP)
        assert process.returncode == 0, f"Ctrl-C ended it with {process.returncode}:\n{output.read_text()}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def kills_a_broker(instance: Instance, kafka: ApacheKafka) -> None:
    """kill -9 one of the brokers once the platform tells something that the sample did not."""
    async with httpx.AsyncClient(base_url=instance.url, trust_env=False, timeout=30) as http:

        async def told() -> float:
            lines = (await http.get("/metrics")).text.splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith("demain_relayed_total"))

        async def at_rest() -> bool:
            lines = (await http.get("/metrics")).text.splitlines()
            return all(float(line.split()[-1]) == 0 for line in lines if line.startswith("demain_outbox_depth"))

        await eventually(at_rest, deadline=START, every=0.5)
        before = await told()

        async def tells() -> bool:
            return await told() >= before + MESSAGES_BEFORE_A_KILL

        await eventually(tells, deadline=JOURNEY, every=0.2)
        kafka.brokers[0].kill()
