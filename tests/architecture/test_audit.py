"""`make audit` fails on a known vulnerability, and on nothing else; each case runs pip-audit itself.

The advisory service is one of the tests' own, with an answer as OSV gives it: the real one may be away.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import audit

ADVISORY = {
    "id": "PYSEC-2021-108",
    "aliases": ["CVE-2021-33503"],
    "summary": "Catastrophic backtracking in URL authority parser",
    "affected": [
        {
            "package": {"name": "urllib3", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.26.5"}]}],
        }
    ],
}


@contextmanager
def advisories(known: dict[tuple[str, str], Any], status: int = 200) -> Iterator[str]:
    """The address of a service that knows these (package, version)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found = known.get((asked["package"]["name"], asked["version"]))
            answer = json.dumps({"vulns": [found]} if found else {}).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}/v1/query"
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


@pytest.fixture
def vulnerable(tmp_path: Path) -> Path:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"harmless==1.0\n{audit.KNOWN}\n", encoding="utf-8")
    return lock


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    lock = tmp_path / "requirements.lock"
    lock.write_text("harmless==1.0\nurllib3==2.8.0\n", encoding="utf-8")
    return lock


KNOWING = {("urllib3", "1.26.4"): ADVISORY}


def test_a_vulnerable_pin_fails_and_is_named_with_its_remedy(
    vulnerable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with advisories(KNOWING) as service:
        assert audit.audit(vulnerable, service) == 1

    said = capsys.readouterr().err
    assert "urllib3 1.26.4: PYSEC-2021-108 CVE-2021-33503, mended in 1.26.5" in said


def test_sound_pins_pass_in_silence(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with advisories(KNOWING) as service:
        assert audit.audit(sound, service) == 0

    assert capsys.readouterr() == ("", "")


def test_an_accepted_advisory_passes(
    vulnerable: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"CVE-2021-33503": "we parse no addresses of strangers"})

    with advisories(KNOWING) as service:
        assert audit.audit(vulnerable, service) == 0

    assert capsys.readouterr() == ("", "")


def test_asking_wrongly_is_no_outage(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="cannot do this"):
        audit.ask(tmp_path / "missing.lock")


def test_a_service_that_is_away_skips_the_audit_and_says_so(
    vulnerable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}"
        assert audit.audit(vulnerable, address) == 0

    assert "SKIPPED, nothing was audited" in capsys.readouterr().out


def test_a_service_in_trouble_skips_the_audit(vulnerable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with advisories(KNOWING, status=503) as service:
        assert audit.audit(vulnerable, service) == 0

    assert "SKIPPED" in capsys.readouterr().out


def test_a_service_that_knows_of_nothing_is_not_believed(vulnerable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with advisories({}) as service:
        assert audit.audit(vulnerable, service) == 0

    assert f"asked about {audit.KNOWN}, which is vulnerable" in capsys.readouterr().out


def test_packages_a_mirror_does_not_know_are_no_findings_and_are_named() -> None:
    skipped = {"name": "demain", "skip_reason": "Dependency not found on PyPI"}
    sound = {"name": "fastapi", "version": "1.0", "vulns": []}

    answer = audit.read({"dependencies": [skipped, sound], "fixes": []})

    assert answer == audit.Answer(findings=(), unknown=("Dependency not found on PyPI",))
