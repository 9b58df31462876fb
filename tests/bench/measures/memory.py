"""Resident memory of the whole process tree, beside a FastAPI process with nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.bench import Bench
from tests.bench.table import MEBIBYTES, Limit, Row


def idle(bench: Bench) -> Iterator[Row]:
    """Before any load."""
    bare = Limit("bare FastAPI process, idle", [bench.bare.memory()])
    yield Row("memory, idle, all processes", MEBIBYTES, [bench.platform.memory()], bare)


def loaded(bench: Bench) -> Iterator[Row]:
    """After all load."""
    bare = Limit("bare FastAPI process, after load", [bench.bare.memory()])
    yield Row("memory, after load, all processes", MEBIBYTES, [bench.platform.memory()], bare)
