"""Structured logs: one line an occurrence, with the correlation id of what it belongs to."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from shared.runtime.correlation import correlation_id

_VALUE = re.compile(r"0x[0-9a-f]+|\d+")
_MOST_KINDS = 1000
"""Kinds of lines remembered at most."""

_SECRET = ("password", "token", "secret", "authorization", "cookie", "dsn")

_SLUG = re.compile(r"^((?:/[a-z]{2})?/personnes/[0-9a-f-]{36})/[^/]*$")

_PROOF = re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=/|$)")
"""What a browser carries in an address to prove something; ids have 36 characters."""


def loggable(path: str) -> str:
    """A path without what a log must not remember: names of people, as words after an id, and secrets."""
    return _PROOF.sub("…", _SLUG.sub(r"\1/…", path))


def _correlate(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (id := correlation_id()) is not None:
        event.setdefault("correlation", id)
    return event


def _hide_secrets(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name in event:
        if _is_secret(name):
            event[name] = "(hidden)"
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Names are few, and every request has a line: looking through each of them anew took a quarter of the line."""
    return any(part in name.lower() for part in _SECRET)


class OnceInAWhile(logging.Filter):
    """Lets each kind of line of a chatty library through once in ``seconds``.

    A client of Kafka logs every attempt of every connection while a broker is away: the first line says it all. A kind
    is a logger, a level and a line without its values.
    """

    def __init__(self, prefix: str, seconds: float = 30.0, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._prefix = prefix
        self._seconds = seconds
        self._now = now
        self._last: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.name != self._prefix and not record.name.startswith(f"{self._prefix}."):
            return True
        kind, now = (record.name, record.levelno, _VALUE.sub("#", str(record.msg))[:80]), self._now()
        last = self._last.get(kind)
        if last is not None and now - last < self._seconds:
            return False
        if len(self._last) >= _MOST_KINDS:
            self._last.clear()
        self._last[kind] = now
        return True


class Kept(logging.handlers.RotatingFileHandler):
    """A file that is begun anew when it is full. It may be one line longer: Python's own handler formats each line a
    first time to know, which is half of what a line costs."""

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: ARG002
        """Whether it is full."""
        return int(self.stream is not None and self.stream.tell() >= self.maxBytes > 0)


def set_up(*, format: str, level: str, file: Path | None = None, console_level: str | None = None) -> None:
    """Log to standard error in ``format`` (console or json), and all of it as JSON to ``file`` if given.

    The file is rotated at 16 MiB, three are kept.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _correlate,
        _hide_secrets,
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        # First of all: a line nobody writes costs next to nothing.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )

    def formatter(*renderers: structlog.typing.Processor) -> logging.Formatter:
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )

    # Tracebacks without local variables: those hold passwords and whole requests, and take seconds to print.
    as_json = formatter(structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    for_people = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(level.upper())
    console = logging.StreamHandler()
    console.setFormatter(as_json if format == "json" else formatter(for_people))
    console.setLevel((console_level or level).upper())
    console.addFilter(OnceInAWhile("kafka"))
    root.addHandler(console)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = Kept(file, maxBytes=16 << 20, backupCount=3, encoding="utf-8")
        kept.setFormatter(as_json)
        kept.addFilter(OnceInAWhile("kafka"))
        root.addHandler(kept)
    for noisy in ("kafka", "asyncio", "aiohttp.access", "uvicorn.access", "alembic", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # Warns of each turn of its loop above 0.1 s, with a hint for its developers: a busy machine is full of them.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)
