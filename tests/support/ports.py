"""Ports for servers that are told where to listen."""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 15_000, 32_000
"""Below those that systems give to whoever connects (32768 and up on Linux, 49152 and up by IANA): of these, one that
is free now may be the end of some connection when its server starts."""

_dice = random.SystemRandom()


def free_port() -> int:
    """A port of this machine nobody listens on now."""
    while True:
        port = _dice.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
