"""``make test-kafka``: all that concerns the log, on Apache Kafka itself, in parts with a limit each.

``--bounded`` is the part that a computer can run at every change: it is skipped, and says why, where Apache Kafka
cannot be had. At the end stands a row for ``docs/proofs.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.support import brokers
from tests.support.apache_kafka import VERSION, NoJava, libraries

JOURNEYS = tuple(f"tests/journeys/test_{name}_journey.py" for name in ("account", "debate", "forum", "partnership"))


@dataclass(frozen=True)
class Part:
    """A selection of tests."""

    title: str
    select: Sequence[str]
    minutes: int
    """After so many it has failed."""
    settings: Mapping[str, str] = field(default_factory=dict)


WHOLE = (
    Part("log conformance", ("tests/conformance/log", "-k", "not postgres"), 20),
    Part("messaging, fencing, rebalancing", ("tests/messaging", "-k", "not postgres"), 40),
    Part("fencing of a process that was stopped", ("tests/distributed/test_taking_over.py", "-k", "fenced"), 10),
    Part("rebuild from the log", ("tests/projection/test_from_log.py", "-k", "not postgres"), 20),
    Part("back to an instant", ("tests/operations/test_point_in_time.py", "-k", "everywhere"), 10),
    Part("TLS and SASL; three brokers", ("tests/kafka",), 20),
    Part("journeys", JOURNEYS, 40),
    Part("journeys, three brokers, one killed", JOURNEYS, 40, {brokers.BROKERS: "3"}),
    Part("kill -9 of the platform", ("tests/faults/test_kill_9.py", "-k", "survives"), 20),
)
BOUNDED = (
    Part("log conformance", ("tests/conformance/log/test_appending.py", "-k", "not postgres"), 5),
    Part("fencing", ("tests/messaging/test_relay.py", "-k", "kafka and (fenced or zombie)"), 5),
    Part("back to an instant", ("tests/operations/test_point_in_time.py", "-k", "everywhere"), 10),
    Part("one journey", ("tests/journeys/test_account_journey.py",), 10),
)


@dataclass(frozen=True)
class Result:
    """What became of a part."""

    part: Part
    counts: Mapping[str, int]
    minutes: float
    failed: bool

    def __str__(self) -> str:
        told = ", ".join(f"{count} {what}" for what, count in self.counts.items() if count) or "ended by its limit"
        return f"{self.part.title}: {told} ({self.minutes:.1f} min)"


def run(part: Part) -> Result:
    """Run a part in a process of its own, for whatever it leaves behind must not reach the next."""
    sys.stdout.write(f"\n== {part.title}, on Apache Kafka {VERSION}\n")
    sys.stdout.flush()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        try:
            code = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *part.select],
                env={**os.environ, brokers.VARIABLE: brokers.APACHE, **part.settings},
                timeout=part.minutes * 60,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = 1
        counts = _counts(report) if report.exists() else {}
    return Result(part, counts, (time.monotonic() - started) / 60, code != 0)


def _counts(report: Path) -> dict[str, int]:
    suite = ET.parse(report).find("testsuite")
    assert suite is not None
    ran, failed, broken, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped"))
    passed = ran - failed - broken - skipped
    return {"passed": passed, "failed": failed, "did not start": broken, "skipped": skipped}


def row(results: Sequence[Result], command: str) -> str:
    """What is to be kept of it."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = f"{os.cpu_count()} × {platform.machine()}, {platform.system()}"
    told = f"Apache Kafka {VERSION}. " + "; ".join(str(one) for one in results)
    return f"| `{command}` | {datetime.now(UTC):%Y-%m-%d} | {head.stdout.strip() or '?'} | {machine} | {told} |"


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka", description=__doc__)
    parser.add_argument("--bounded", action="store_true", help="a few minutes only; skipped without Apache Kafka")
    bounded = parser.parse_args().bounded
    try:
        libraries()
    except NoJava as error:
        sys.stdout.write(f"{'SKIPPED' if bounded else 'make test-kafka'}: {error}\n")
        return 0 if bounded else 1
    results = [run(part) for part in (BOUNDED if bounded else WHOLE)]
    command = "python -m tests.kafka --bounded" if bounded else "make test-kafka"
    sys.stdout.write(f"\n{row(results, command)}\n")
    return int(any(one.failed for one in results))


if __name__ == "__main__":
    sys.exit(main())
