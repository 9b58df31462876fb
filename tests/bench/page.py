"""``docs/measurements.md``: a section for each measure, which is replaced when that is measured again.

A whole round takes the better part of an hour. What was measured one by one stands beside the rest, each with its own
date, commit and load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.table import Row, markdown

_HEAD = """\
# Measurements

Made by `python -m tests.bench --write`, a section for each measure; `make bench` measures again, prints one table and
writes nothing. Every number stands beside its limit on the same machine in the same run; *share* is how much of the
limit is reached, so 1.00 is all of it. Shown are medians of the runs (smallest to largest). The platform is
`demain run` on a data folder of its own with commits that wait for the disk; the load is a second process on the same
cores, so that both get less than they would alone. Of the aims that are missed, [another page](performance.md) says
what stands in the way.
"""
_MARK = "## "


def read(path: Path) -> dict[str, str]:
    """The sections that are there, by measure; none without a page."""
    if not path.exists():
        return {}
    _, *sections = path.read_text(encoding="utf-8").split(f"\n{_MARK}")
    return {section.partition("\n")[0].strip(): section.partition("\n")[2].strip("\n") for section in sections}


def section(machine: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    """What one measure found, and where."""
    return "\n".join([*(f"- {name}: {value}" for name, value in machine), "", markdown(rows)])


def write(path: Path, sections: Mapping[str, str], order: Sequence[str]) -> None:
    """Keep the sections, in an order; what is no measure any more is dropped."""
    parts = [f"{_MARK}{name}\n\n{sections[name]}\n" for name in order if name in sections]
    path.write_text("\n".join([_HEAD, *parts]), encoding="utf-8")
