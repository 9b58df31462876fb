"""How long whoever asks is willing to wait: less than a call may take, where the answer is but a part of a page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("patience", default=None)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Calls made in the block, and in tasks begun in it, end within so many seconds from now, with `ServiceDown`.

    For reading only: what changes something is not given up half way.
    """
    end = time.monotonic() + seconds
    outer = _until.get()
    mark = _until.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _until.reset(mark)


def patience(longest: float) -> float:
    """Seconds the next call may take, ``longest`` at most; 0 or less when there are none left."""
    until = _until.get()
    return longest if until is None else min(longest, until - time.monotonic())
