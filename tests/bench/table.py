"""The table: rows, their limits, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

COLUMNS = ("What", "Measured", "Limit here", "Share", "The limit is")


@dataclass(frozen=True)
class Unit:
    """What is counted, and whether more of it is better."""

    name: str
    more_is_better: bool = False


PER_SECOND = Unit("/s", more_is_better=True)
MILLISECONDS = Unit("ms")
SECONDS = Unit("s")
MEBIBYTES = Unit("MiB")


@dataclass(frozen=True)
class Limit:
    """What could be reached at best: measured in the same run."""

    name: str
    runs: Sequence[float]


@dataclass(frozen=True)
class Row:
    """Something measured, once per run; what is shown is the median of the runs."""

    what: str
    unit: Unit
    runs: Sequence[float]
    limit: Limit | None = None

    @property
    def value(self) -> float:
        """The median of the runs."""
        return median(self.runs)

    @property
    def share(self) -> float | None:
        """How much of the limit is reached; 1 is all of it."""
        if self.limit is None:
            return None
        limit = median(self.limit.runs)
        return self.value / limit if self.unit.more_is_better else limit / self.value

    def cells(self) -> tuple[str, ...]:
        """The row as text, one for each of `COLUMNS`."""
        spread = f" ({_number(min(self.runs))} to {_number(max(self.runs))})" if len(self.runs) > 1 else ""
        measured = f"{_number(self.value)} {self.unit.name}{spread}"
        if self.limit is None or self.share is None:
            return self.what, measured, "", "", ""
        return (
            self.what,
            measured,
            f"{_number(median(self.limit.runs))} {self.unit.name}",
            f"{self.share:.2f}",
            self.limit.name,
        )


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered)) - 1))]


def markdown(rows: Iterable[Row]) -> str:
    """The table in Markdown, with columns that line up when read as text."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)
