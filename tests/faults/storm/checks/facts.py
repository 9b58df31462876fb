"""Facts that were checked, counted; and those that do not hold."""

from __future__ import annotations

from collections import Counter


class Facts:
    """Every `check` is one fact."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self.broken: list[str] = []
        self.not_checked: dict[str, str] = {}
        """What could not be checked here → why."""
        self.seconds_to_calm = 0.0

    def check(self, what: str, holds: bool, otherwise: str) -> None:
        """One fact of a kind; ``otherwise`` says what is wrong if it does not hold."""
        self.checked[what] += 1
        if not holds:
            self.broken.append(f"{what}: {otherwise}")

    @property
    def total(self) -> int:
        """How many were checked."""
        return sum(self.checked.values())
