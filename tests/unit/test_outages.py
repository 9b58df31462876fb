"""What counts as an outage, for who may wait and try again."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.messaging.applier import is_transient
from shared.storage.outages import AWAY, was_cut


def wrapped(cause: Exception, *, invalidated: bool = False) -> DBAPIError:
    """As SQLAlchemy hands on what asyncpg raised."""
    orig = Exception(str(cause))
    orig.__cause__ = cause
    return DBAPIError("SELECT 1", {}, orig, connection_invalidated=invalidated)


@pytest.mark.parametrize(
    "error",
    [
        OSError("no route"),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("cut"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
)
def test_a_database_that_is_away_is_waited_for(error: Exception) -> None:
    assert isinstance(error, AWAY)
    assert is_transient(error) or isinstance(error, asyncpg.PostgresError)


def test_a_connection_that_was_cut_is_told_from_a_mistake() -> None:
    cut = wrapped(asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"))
    mistaken = wrapped(asyncpg.UndefinedColumnError("column x does not exist"))

    assert was_cut(cut) and is_transient(cut)
    assert was_cut(wrapped(asyncpg.UndefinedColumnError("x"), invalidated=True))
    assert not was_cut(mistaken) and not is_transient(mistaken)
