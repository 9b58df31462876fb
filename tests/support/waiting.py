"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Coroutine[Any, Any, T]], *, deadline: float = 20.0, every: float = 0.02
) -> T: ...


@overload
async def eventually(condition: Callable[[], T], *, deadline: float = 20.0, every: float = 0.02) -> T: ...


async def eventually(condition: Callable[[], Any], *, deadline: float = 20.0, every: float = 0.02) -> Any:
    """Wait until ``condition`` is true and give what it answered. Fails after ``deadline`` seconds, with the last."""
    end = time.monotonic() + deadline
    while True:
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"still {found!r} after {deadline} s")
        await asyncio.sleep(every)
