"""The event loop of a process: uvloop's where it is installed, asyncio's elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

try:
    import uvloop
except ImportError:  # uvicorn[standard] installs it wherever it can run
    _loop_factory = None
else:
    _loop_factory = uvloop.new_event_loop

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end, as `asyncio.run` does, on the faster loop."""
    with asyncio.Runner(loop_factory=_loop_factory) as runner:
        return runner.run(work)
