"""Somebody who hears what is asked of other services and what they answer, such as a page that is to be kept.

The listener is that of the task: whoever makes a page sets it, and the clients tell it. A call that was asked and never
answered failed, was given up, or came back as something no client reads as an `Answer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from pydantic import BaseModel

Params = Mapping[str, str | int | list[str] | None]


class Listener(Protocol):
    """What it is told."""

    def asked(self, method: str, path: str, /, *, for_somebody: bool) -> None:
        """A call begins; ``for_somebody`` if it carries a token."""
        ...

    def answered(self, path: str, params: Params, answer: BaseModel) -> None:
        """A GET was answered, and read."""
        ...


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener | None:
    """Who listens to the calls of this task, if anybody."""
    return _listener.get()


@contextmanager
def heard_by(one: Listener | None) -> Iterator[None]:
    """Let ``one`` hear the calls inside the block; with None nobody does."""
    token = _listener.set(one)
    try:
        yield
    finally:
        _listener.reset(token)


def tell_asked(method: str, path: str, options: Mapping[str, Any]) -> None:
    """Tell the listener, if there is one, that a call begins."""
    one = _listener.get()
    if one is not None:
        one.asked(method, path, for_somebody=options.get("token") is not None)


def tell_answered(path: str, options: Mapping[str, Any], answer: BaseModel) -> None:
    """Tell it what came back."""
    one = _listener.get()
    if one is not None:
        one.answered(path, options.get("params") or {}, answer)
