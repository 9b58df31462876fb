"""The probe as a process of its own, wired by the platform like every service."""

from __future__ import annotations

import asyncio
import sys

from shared.runtime import event_loop, logging
from shared.runtime.platform import running
from shared.settings import Settings
from tests.faults.storm.probe.service import NAME, SERVICE


async def _serve() -> None:
    settings = Settings()
    logging.set_up(format=settings.log_format, level=settings.log_level)
    async with running(settings, (SERVICE,), say=print, only=NAME):
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(event_loop.run(_serve()))
