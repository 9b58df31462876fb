"""``column = ANY(array)`` where others write ``column IN (…)``.

An IN with values is another statement for each number of them: compiled, prepared and planned anew, with an expression
for each value. With an array it is one, and PostgreSQL treats both alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column has one of these values; never of none."""
    found: ColumnElement[bool] = column == any_(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))
    return found
