"""A page to look at, and what is done on it first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.journeys.forum import Forum
from tests.journeys.visitor import Visitor
from tests.journeys.words import FRENCH, Words

Act = Callable[[Visitor], Awaitable[None]]


@dataclass(frozen=True)
class Stop:
    """A page to look at."""

    path: str | Callable[[Forum], str]
    role: str = ""
    status: int = 200
    words: Words = FRENCH
    act: Act | None = None
    """None to look only."""

    def path_in(self, forum: Forum) -> str:
        """Its address."""
        return self.path if isinstance(self.path, str) else self.path(forum)


def place(path: str) -> str:
    """A thing's address without its slug."""
    return path.rpartition("/")[0]
