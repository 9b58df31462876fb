"""The jars of one pinned version, fetched once by Maven from where Maven fetches and checks what it fetches."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

_POM = Path(__file__).with_name("pom.xml")
_FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def _pinned() -> str:
    version = ET.parse(_POM).find(".//{*}dependency/{*}version")
    assert version is not None and version.text
    return version.text


VERSION = _pinned()
"""Of Apache Kafka, as ``pom.xml`` pins it."""


class NoJava(RuntimeError):
    """Apache Kafka cannot be started on this machine; the text says what is missing."""


def libraries() -> Path:
    """The folder of the jars, in the user's cache; fetched if they are not there.

    Raises NoJava where Java or Maven is missing, or nothing can be fetched.
    """
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        raise NoJava(f"Apache Kafka needs {' and '.join(missing)}: install Java 17 or newer and Maven")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "demain"
    folder = cache / f"apache-kafka-{VERSION}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            command = ["mvn", "-B", "-q", "-f", str(_POM), _FETCH, f"-DoutputDirectory={fresh}/jars"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoJava(f"Maven could not fetch Apache Kafka {VERSION}:\n{(done.stdout + done.stderr)[-2000:]}")
            # Whole or not at all: another run may be fetching too.
            Path(fresh, "jars").rename(folder)
    return folder
