"""The form that organizations, calls, applications and demonstrators share: new ones, and changes of stored ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.forms import Posted
from services.web.language import N_
from services.web.page import Page
from services.web.sections.partners.access import CHANGED, may_save, refusals
from services.web.sections.partners.fields import NEW_ROWS, Asked, Written
from services.web.sections.partners.words import ZONES
from shared.clients.base import ServiceDown, ServiceProblem

KEEP = N_("Enregistrer le brouillon")
CHANGE = N_("Enregistrer les modifications")


@dataclass(frozen=True)
class Sheet:
    """What stands around the fields."""

    fields: Sequence[Asked]
    heading: str
    """A message id."""
    said: str | Markup
    """Below it, in the current language."""
    back: str
    """Path of the page one came from."""
    button: str = KEEP
    above: str = ""
    """A line above the heading that leads up, and its path."""
    above_path: str = ""
    language: str = "fr"
    then: Sequence[tuple[str, str]] = ()
    """Further buttons: code and message id."""
    autosave: str = ""
    """Where the page's script keeps what is typed; empty where it is kept by hand only."""
    extra: Mapping[str, Any] = field(default_factory=dict)


async def show(
    page: Page,
    sheet: Sheet,
    written: Written,
    errors: Mapping[str, str] | None = None,
    *,
    theirs: Sequence[tuple[str, str]] | None = None,
    status: int | None = None,
) -> Response:
    """The form."""
    return await page.render(
        "partners/form.html",
        status=status or (422 if errors else 200),
        sheet=sheet,
        written=written,
        errors=errors or {},
        theirs=theirs,
        labels={one.name: one.label for one in sheet.fields},
        zones=ZONES,
        new_rows=NEW_ROWS,
        **sheet.extra,
    )


async def create(
    page: Page,
    form: Posted,
    sheet: Sheet,
    make: Callable[[dict[str, Any], str, str], Awaitable[Any]],
    path: Callable[[Any], str],
    notice: str,
) -> Response:
    """Make something new of what was sent: ``make`` takes the fields, the token and the idempotency key."""
    written = Written.posted(sheet.fields, form)
    token, errors = await may_save(page, form)
    sent, wrong = written.read(sheet.fields)
    errors = errors or wrong
    if token is not None and not errors:
        try:
            made = await make(sent, token, written.key)
        except (ServiceProblem, ServiceDown) as problem:
            errors = refusals(problem, sheet.fields)
        else:
            return page.go(page.href(path(made)), notice=notice)
    return await show(page, sheet, written, errors)


async def change(
    page: Page,
    form: Posted,
    sheet: Sheet,
    stored: Any,
    save: Callable[[dict[str, Any], int, str], Awaitable[Any]],
    after: Callable[[Any], Response],
    read_again: Callable[[str], Awaitable[Any]],
) -> Response:
    """Keep the changes if nobody changed it since; if somebody did, say what is stored and keep what was typed."""
    written = Written.posted(sheet.fields, form)
    token, errors = await may_save(page, form)
    sent, wrong = written.read(sheet.fields)
    errors = errors or wrong
    if token is not None and not errors:
        try:
            made = await save(sent, written.version, token)
        except (ServiceProblem, ServiceDown) as problem:
            if isinstance(problem, ServiceProblem) and problem.status == CHANGED:
                stored = await read_again(token)
                written.version = stored.version
                theirs = written.differing(sheet.fields, stored)
                return await show(page, sheet, written, theirs=theirs, status=409)
            errors = refusals(problem, sheet.fields)
        else:
            return after(made)
    return await show(page, sheet, written, errors)


def check_allowed(one: Any, action: str = "edit") -> None:
    """Raises HTTPException 403 for who has no say in it, 409 for what cannot be done now."""
    if action not in one.actions:
        raise HTTPException(409 if set(one.actions) - {"apply"} else 403)
