"""``python -m tests.bench``: measures each by name, and prints one table; ``--help`` says how to have a part of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from shared.runtime import logging
from tests.bench import machine, page
from tests.bench.bench import FULL, QUICK, Bench, Extent
from tests.bench.measures import (
    boards,
    commands,
    debates,
    distributed,
    freshness,
    kafka,
    memory,
    messages,
    pages,
    schedules,
    searching,
    starting,
)
from tests.bench.processes import ROOT, bare, platform
from tests.bench.table import Row, markdown

Measure = Callable[[Bench], Iterable[Row]]

MEASURES: dict[str, Measure] = {
    "idle-memory": memory.idle,
    "freshness": freshness.rows,
    "pages": pages.rows,
    "debates": debates.rows,
    "schedules": schedules.rows,
    "boards": boards.rows,
    "commands": commands.rows,
    "messages": messages.rows,
    "kafka": kafka.rows,
    "distributed": distributed.rows,
    "memory": memory.loaded,
    # Late: their documents would weigh on all others, those of the first on the second.
    "searching-10k": searching.among(searching.SMALLEST),
    "searching-100k": searching.among(100_000),
    "searching-1m": searching.among(1_000_000),
    # Last: it stops the platform.
    "starting": starting.rows,
}
WRITTEN = ROOT / "docs" / "measurements.md"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short round, to see that the bench works")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {WRITTEN.relative_to(ROOT)}")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=", ".join(MEASURES))
    asked = parser.parse_args()
    extent = QUICK if asked.quick else FULL
    # What runs in this process logs as the platform does, and is not heard.
    logging.set_up(format="json", level="warning")
    began = time.monotonic()
    kept = page.read(WRITTEN)
    rows: list[Row] = []
    for name, found in _measured(asked.only or list(MEASURES), extent):
        rows += found
        if asked.write:
            # One by one: what is measured is not lost by what comes after it.
            kept[name] = page.section(machine.description(), found)
            page.write(WRITTEN, kept, list(MEASURES))
    lines = [f"- {name}: {value}" for name, value in machine.description()]
    print("\n".join([*lines, "", markdown(rows), "", f"Measured in {time.monotonic() - began:.0f} s."]))


def _measured(names: Iterable[str], extent: Extent) -> Iterator[tuple[str, list[Row]]]:
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"· {time.monotonic() - began:5.1f} s  {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="demain-bench-") as folder:
        scratch = Path(folder)
        # PostgreSQL runs as another user when we are root, and must get through.
        scratch.chmod(0o755)
        say("the platform starts and fills itself with its sample")
        with platform(scratch / "data") as running, bare(scratch) as beside:
            running.wait_until_said("Running.")
            bench = Bench(extent, scratch, running, beside, say)
            for name, measure in MEASURES.items():
                if name in names:
                    yield name, list(measure(bench))


if __name__ == "__main__":
    main()
