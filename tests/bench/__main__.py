"""``python -m tests.bench [--quick] [--write] [--only NAME …]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from shared.runtime import logging
from tests.bench import machine
from tests.bench.bench import FULL, QUICK, Bench
from tests.bench.measures import boards, commands, debates, freshness, memory, messages, pages, schedules, starting
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
    "memory": memory.loaded,
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
    # What runs in this process logs as the platform does, and is not heard.
    logging.set_up(format="json", level="warning")
    began = time.monotonic()
    rows = _measure(asked.only or list(MEASURES), quick=asked.quick)
    lines = [f"- {name}: {value}" for name, value in machine.description()]
    print("\n".join([*lines, "", markdown(rows), "", f"Measured in {time.monotonic() - began:.0f} s."]))
    if asked.write:
        WRITTEN.write_text(_page(lines, rows), encoding="utf-8")


def _measure(names: Iterable[str], *, quick: bool) -> list[Row]:
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
            bench = Bench(QUICK if quick else FULL, scratch, running, beside, say)
            return [row for name, measure in MEASURES.items() if name in names for row in measure(bench)]


def _page(machine_lines: list[str], rows: list[Row]) -> str:
    return "\n".join(
        [
            "# Measurements",
            "",
            "Made by `python -m tests.bench --write`; `make bench` measures again without writing. Every number",
            "stands beside its limit on the same machine in the same run; *share* is how much of the limit is",
            "reached, so 1.00 is all of it. Shown are medians of the runs (smallest to largest). The platform is",
            "`demain run` on a data folder of its own with commits that wait for the disk; the load is a second",
            "process on the same cores, so that both get less than they would alone.",
            "",
            *machine_lines,
            "",
            markdown(rows),
            "",
        ]
    )


if __name__ == "__main__":
    main()
