"""Ports for servers that are told where to listen."""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 15_000, 32_000
"""Below those that systems give to whoever connects (32768 and up on Linux, 49152 and up by IANA): of these, one that
is free now may be the end of some connection when its server starts."""

_dice = random.SystemRandom()
_given: set[int] = set()


def free_port() -> int:
    """A port of this machine nobody listens on now, and which this process has given to nobody."""
    while True:
        port = _dice.randint(LOWEST, HIGHEST)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
