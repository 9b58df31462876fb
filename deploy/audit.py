"""Looks for known vulnerabilities in the pinned packages, for `make audit` and `make check`.

pip-audit asks an advisory service: PyPI, or one that speaks OSV (``ADVISORIES=https://…/v1/query``). Before it
asks about our packages it asks about one that is known to be vulnerable: a service that is away, or a mirror of
PyPI that has no advisories, says "no known vulnerabilities" of anything. Without an answer to that nothing is
proven; the audit then says so and does not fail, because an outage elsewhere is no fault of a change here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-dev.lock"
"""Holds all packages of the other lock too."""
KNOWN = "urllib3==1.26.4"
"""CVE-2021-33503; every advisory service has it."""
ACCEPTED: Mapping[str, str] = {}
"""Advisory → why it does not concern us. Keep it short, and empty it when a mended version is there."""
PATIENCE = 300
"""Seconds the whole audit may take."""


class NoAnswer(Exception):
    """The advisory service does not answer; the text says why."""


@dataclass(frozen=True)
class Finding:
    """A pinned package that is known to be vulnerable."""

    package: str
    advisory: str
    mended_in: Sequence[str]

    def __str__(self) -> str:
        mended = f"mended in {', '.join(self.mended_in)}" if self.mended_in else "no mended version yet"
        return f"{self.package}: {self.advisory}, {mended}"


@dataclass(frozen=True)
class Answer:
    """What the service says of a requirements file."""

    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    """Why each package that the service does not know could not be audited."""


def ask(requirements: Path, service: str | None = None, accepted: Collection[str] = ()) -> Answer:
    """What is known of the pins of a requirements file. Raises NoAnswer, or RuntimeError if we ask wrongly.

    ``service`` is the address of an OSV service; without one it is PyPI.
    """
    # The pins are complete: nothing is to be resolved, so that no package is looked up but those pinned.
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--disable-pip", "--no-deps"]
    command += ["--format", "json", "--desc", "off", "--progress-spinner", "off", "--timeout", "10"]
    command += ["--vulnerability-service", "osv", "--osv-url", service] if service else []
    for advisory in accepted:
        command += ["--ignore-vuln", advisory]
    try:
        ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"no answer within {PATIENCE} seconds") from None
    try:
        return read(json.loads(ran.stdout))
    except (ValueError, KeyError, TypeError):
        why = _last_line(ran.stderr)
    # 2 is a wrong command, "invalid" a file that cannot be read: mistakes of ours, which must not pass for an outage.
    if ran.returncode not in {0, 1} or "invalid" in why or "No module named" in why:
        raise RuntimeError(f"pip-audit cannot do this: {why}")
    raise NoAnswer(why)


def read(report: Mapping[str, Any]) -> Answer:
    """The answer in a report of pip-audit. Raises KeyError for one of another form."""
    audited = report["dependencies"]
    return Answer(
        findings=tuple(
            Finding(f"{one['name']} {one['version']}", _named(advisory), tuple(advisory["fix_versions"]))
            for one in audited
            for advisory in one.get("vulns", ())
        ),
        unknown=tuple(one["skip_reason"] for one in audited if "skip_reason" in one),
    )


def check_answers(service: str | None = None) -> None:
    """Raises NoAnswer when the service does not know what every such service knows."""
    with tempfile.TemporaryDirectory(prefix="demain-audit-") as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(KNOWN + "\n", encoding="utf-8")
        answer = ask(file, service)
    if not answer.findings:
        why = "; ".join(answer.unknown) or "it knows of no vulnerability"
        raise NoAnswer(f"asked about {KNOWN}, which is vulnerable, it answers: {why}")


def audit(lock: Path, service: str | None = None) -> int:
    """Audit a lock and print what is found. 1 when something is, else 0, also when nobody answers."""
    try:
        check_answers(service)
        answer = ask(lock, service, ACCEPTED)
    except NoAnswer as error:
        print(f"make audit: SKIPPED, nothing was audited: the advisory service gives no answer ({error})")
        return 0
    for why in answer.unknown:
        print(f"make audit: not audited: {why}")
    for finding in answer.findings:
        print(f"make audit: {finding}", file=sys.stderr)
    if answer.findings:
        print("make audit: raise these pins (make lock UPGRADE=1), or accept them in deploy/audit.py", file=sys.stderr)
        return 1
    return 0


def _named(advisory: Mapping[str, Any]) -> str:
    return " ".join([advisory["id"], *sorted(advisory.get("aliases", ()))])


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "pip-audit said nothing")


if __name__ == "__main__":
    sys.exit(audit(LOCK, sys.argv[1] if len(sys.argv) > 1 else None))
