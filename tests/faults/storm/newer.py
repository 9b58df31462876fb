"""``python -m tests.faults.storm.newer [search|probe]``: a process of the next version, that knows one message more."""

from __future__ import annotations

import runpy
import sys
from typing import ClassVar

from shared.contracts.base import Gone, contract
from shared.contracts.events import SESSIONS


@contract
class SessionForgotten(Gone):
    """What today's version has never heard of."""

    TYPE: ClassVar[str] = "demain.events.SessionForgotten"
    TOPIC: ClassVar[str] = SESSIONS.name
    ENTITY: ClassVar[str] = "session"


if __name__ == "__main__":
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
