"""`among`: one statement, whatever the number of values."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, ColumnElement, MetaData, Table, Uuid, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from shared.storage.among import among

_THING = Table("thing", MetaData(), Column("id", Uuid, primary_key=True))


def _said(condition: ColumnElement[bool]) -> str:
    """As it is sent to PostgreSQL."""
    return str(select(_THING).where(condition).compile(dialect=dialect(), compile_kwargs={"render_postcompile": True}))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("number", [0, 2, 7])
def test_it_is_one_statement_however_many_values(number: int) -> None:
    values: list[UUID] = [uuid4() for _ in range(number)]
    assert _said(among(_THING.c.id, values)) == _said(among(_THING.c.id, [uuid4()]))
    assert _said(_THING.c.id.in_(values)) != _said(_THING.c.id.in_([uuid4()])), "or there would be no need of it"
