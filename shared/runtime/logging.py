"""Structured logs: one line an occurrence, with the correlation id of what it belongs to."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any

import structlog

from shared.runtime.correlation import correlation_id

_SECRET = ("password", "token", "secret", "authorization", "cookie", "dsn")


def _correlate(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (id := correlation_id()) is not None:
        event.setdefault("correlation", id)
    return event


def _hide_secrets(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name in event:
        if any(part in name.lower() for part in _SECRET):
            event[name] = "(hidden)"
    return event


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
    root.addHandler(console)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = logging.handlers.RotatingFileHandler(file, maxBytes=16 << 20, backupCount=3, encoding="utf-8")
        kept.setFormatter(as_json)
        root.addHandler(kept)
    for noisy in ("kafka", "asyncio", "aiohttp.access", "uvicorn.access", "alembic", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
