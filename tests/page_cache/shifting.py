"""A clock that can be set forward, for the site and the services it asks; timers, tokens and the database keep time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

SHIFTED = ("services.contributions.", "services.events.", "services.partners.", "services.web.")
ALSO = frozenset({"shared.runtime.arrival"})


class Clock:
    """How far ahead it is."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self, zone: tzinfo | None = None) -> datetime:
        """The instant it shows."""
        return datetime.now(zone) + self.ahead

    def set(self, to: datetime) -> None:
        """Let it be then; never earlier than it is."""
        self.ahead += max(timedelta(), to - self.now(UTC))


class _LikeDatetime(type):
    """`datetime` in all but what time it is."""

    clock: Clock

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)

    def __getattr__(cls, name: str) -> Any:
        return cls.clock.now if name == "now" else getattr(datetime, name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return datetime(*args, **kwargs)


@contextmanager
def shifted() -> Iterator[Clock]:
    """A clock for the modules that are there already, while the block runs."""
    clock = Clock()
    like = _LikeDatetime("datetime", (), {})
    _LikeDatetime.clock = clock
    known = [
        module
        for name, module in sys.modules.items()
        if (name.startswith(SHIFTED) or name in ALSO) and getattr(module, "datetime", None) is datetime
    ]
    for module in known:
        setattr(module, "datetime", like)  # noqa: B010
    try:
        yield clock
    finally:
        for module in known:
            setattr(module, "datetime", datetime)  # noqa: B010
