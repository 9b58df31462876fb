"""Who comes and who waits, for the organizer: a page, and a file that a spreadsheet opens as it is."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from io import StringIO
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from services.web.addresses import person_path
from services.web.errors import PageRoute
from services.web.language import N_, _, current, speaking
from services.web.page import CurrentPage
from services.web.sections.forums import times
from services.web.sections.forums.access import organized
from services.web.zones import wall
from shared.clients.events import EventsClient, Forum, Registrant, Registrants

router = APIRouter(route_class=PageRoute)

STATES = {"registered": N_("Inscrits"), "waiting": N_("En attente"), "cancelled": N_("Désistements")}
ONE = {"registered": N_("inscrit"), "waiting": N_("en attente"), "cancelled": N_("désisté")}
BATCH = 100
"""Registrants asked for at a time."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""
BOM = "\ufeff"
"""By which Excel knows UTF-8."""


@router.get("/forums/{id:uuid}/inscriptions")
async def shown(page: CurrentPage, id: UUID, etat: str = "", cursor: str = "") -> Response:
    """In the order in which they came."""
    forum, token = await organized(page, id, to_change=False)
    state = etat if etat in STATES else ""
    client = page.client(EventsClient)
    found = await client.registrants(forum.id, token=token, state=state or None, cursor=cursor or None)
    places = await client.places(forum.id, token=token)
    return await page.render(
        "forums/registrants.html",
        forum=forum,
        found=found,
        places=places,
        state=state,
        states=STATES,
        one=ONE,
        times=times,
        is_first=not cursor,
    )


@router.get("/forums/{id:uuid}/inscriptions.csv")
async def as_file(page: CurrentPage, id: UUID, etat: str = "") -> Response:
    """All of them, streamed. The first page is fetched before anything is sent, so that an outage is a 503."""
    forum, token = await organized(page, id, to_change=False)
    state = etat if etat in STATES else None
    client = page.client(EventsClient)

    async def part(cursor: str | None) -> Registrants:
        return await client.registrants(forum.id, token=token, state=state, cursor=cursor, limit=BATCH)

    first, locale = await part(None), current()

    async def lines() -> AsyncIterator[str]:
        # The answer is sent after the request's language was put away.
        with speaking(locale):
            head = [_("Nom"), _("État"), _("Rang"), _("Inscription"), _("Place obtenue"), _("Page")]
        yield BOM + _lines([head])
        found = first
        while True:
            with speaking(locale):
                rows = [_row(forum, one, page.absolute(page.href(person_path(one.person)))) for one in found.items]
            yield _lines(rows)
            if found.next is None or not found.items:
                return
            found = await part(found.next)

    name = f"inscriptions-{forum.starts_on.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _row(forum: Forum, one: Registrant, address: str) -> Sequence[str]:
    def local(moment: datetime | None) -> str:
        return wall(moment, forum.zone).replace("T", " ")

    return [
        one.person.name or one.person.id,
        _(ONE.get(one.state, one.state)),
        "" if one.place is None else str(one.place),
        local(one.at),
        local(one.promoted_at),
        address,
    ]


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: what begins like a formula gets an apostrophe before it."""
    return "'" + text if text.startswith(BEGINS_A_FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows([harmless(one) for one in row] for row in rows)
    return written.getvalue()
