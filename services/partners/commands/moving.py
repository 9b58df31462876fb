"""What all transitions have in common."""

from __future__ import annotations

from collections.abc import Sequence

from services.partners.workflow import Part, Table, Transition
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, Problem


def line_for(
    table: Table, what: str, state: str, action: str, parts: frozenset[Part], reason: str | None
) -> tuple[Transition, str | None]:
    """The line for this state and action, if these parts may ask for it, and the reason without what surrounds it.

    Raises Problem 403, 409, 422.
    """
    line = table.get((state, action))
    if line is None:
        raise Problem(CONFLICT, f"{what} that is {state} cannot {action}.", extra={"state": state})
    if not parts & line.who:
        raise Problem(FORBIDDEN, f"To {action} is not yours to do.")
    reason = (reason or "").strip() or None
    if line.needs_reason and reason is None:
        raise Problem(INVALID, errors=[("reason", f"say why: the reason is shown to whom it concerns ({action})")])
    return line, reason


def check_complete(what: str, fields: Sequence[tuple[str, object]]) -> None:
    """Raises Problem 422 naming the fields that are still empty."""
    missing = [
        (name, "is still empty; fill it in first")
        for name, value in fields
        if not (value.strip() if isinstance(value, str) else value)
    ]
    if missing:
        raise Problem(INVALID, f"{what} is not complete.", errors=missing)
