"""Ctrl-C and its kin."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from services.cli.invocation import ERR, say
from shared.runtime.garbage import spare_what_stays


class Stopping:
    """Listens to Ctrl-C and its kin: the first asks for a stop in order, the second forces it."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._starting: asyncio.Task[Any] | None = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)

    def started(self) -> None:
        """All is made. From now on a signal does not break off the start, but ends `asked`'s wait."""
        self._starting = None
        spare_what_stays()

    def _on_signal(self) -> None:
        if self.asked.is_set():
            ERR.print("Stopped by force. What was accepted is kept; the next start looks after it.")
            os._exit(130)
        self.asked.set()
        say("Stopping: finishing what is under way (Ctrl-C again forces it)")
        if self._starting is not None:
            self._starting.cancel()
