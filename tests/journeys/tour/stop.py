"""A page to look at, and what is done on it first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.journeys.forum import Forum
from tests.journeys.visitor import Visitor
from tests.journeys.words import FRENCH, Words

Act = Callable[[Visitor], Awaitable[None]]


async def _nothing(_visitor: Visitor) -> None:
    """Only look."""


@dataclass(frozen=True)
class Stop:
    """A page to look at."""

    path: str | Callable[[Forum], str]
    role: str = ""
    status: int = 200
    words: Words = FRENCH
    act: Act = _nothing


def place(path: str) -> str:
    """A thing's address without its slug."""
    return path.rpartition("/")[0]
