"""What a database that is away, or that cut a connection, is noticed by: one list for all who wait for it."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError

CUT = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""A connection that ended under a statement. asyncpg raises the second, which it takes for a bug of its own, if that
happens while it looks up the types of the statement's parameters."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, *CUT)
"""All that whoever works for ever waits for, and tries again after."""


def was_cut(error: DBAPIError) -> bool:
    """Whether the connection ended under the statement that failed."""
    cause = error.orig.__cause__ if error.orig is not None else None
    return error.connection_invalidated or isinstance(cause, asyncpg.InternalClientError)
