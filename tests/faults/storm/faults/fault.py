"""What every fault has."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import ClassVar

from tests.faults.storm.town import Town


class Fault(ABC):
    """Something that goes wrong, and is put right."""

    name: ClassVar[str]

    def __init__(self, town: Town, dice: random.Random) -> None:
        self.town = town
        self.dice = dice
        self.detail = ""
        """To what it happened, for the report."""
        self.unmet = ""
        """Why it cannot be said that the platform met it, for the report; empty if it did, or nobody looked."""

    @classmethod
    def impossible(cls, town: Town) -> str:
        """Why it cannot happen here; empty if it can."""
        return ""

    @abstractmethod
    async def begin(self) -> None:
        """Let it go wrong."""

    async def end(self) -> None:
        """Put it right. It is called however `begin` ended."""
        return

    def __str__(self) -> str:
        return f"{self.name} {self.detail}".strip()
