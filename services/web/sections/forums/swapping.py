"""Two sessions that take each other's room and time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.forums import times
from services.web.sections.forums.access import CHANGED, organized, version_of
from services.web.sections.forums.conflicts import Conflict, conflicts_of
from services.web.sections.forums.programme import Programme, programme
from shared.clients.base import ServiceProblem
from shared.clients.events import EventsClient, Forum, Session

router = APIRouter(route_class=PageRoute)


@router.get("/forums/{id:uuid}/programme/{session_id:uuid}/echanger")
async def ask(page: CurrentPage, id: UUID, session_id: UUID) -> Response:
    """With which other session?"""
    forum, token = await organized(page, id)
    session = await page.client(EventsClient).session(forum.id, str(session_id), token=token)
    return await _show(page, forum, session, await programme(page, forum, token))


@router.post("/forums/{id:uuid}/programme/{session_id:uuid}/echanger")
async def swap(page: CurrentPage, form: PostedForm, id: UUID, session_id: UUID) -> Response:
    """Swap them in one go, both at the versions that were looked at."""
    forum, token = await organized(page, id)
    client = page.client(EventsClient)
    session = await client.session(forum.id, str(session_id), token=token)
    planned = await programme(page, forum, token)
    chosen, _at, version = form.text("other").partition("@")
    other = next((one for one in planned.sessions if one.id == chosen and one.id != session.id), None)
    errors: dict[str, str] = {}
    conflicts: Sequence[Conflict] = ()
    if not form.is_ours:
        errors["form"] = _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")
    elif other is None or not version.isdecimal():
        errors["other"] = _("Choisissez l’autre session dans la liste.")
    else:
        try:
            await client.swap(forum.id, (session.id, version_of(form)), (other.id, int(version[:9])), token=token)
        except ServiceProblem as problem:
            if problem.status not in (409, CHANGED, 422):
                raise
            found = conflicts_of(problem, planned.sessions)
            conflicts = [one for one in found if one.url not in {session.url, other.url}] or found
            errors["other"] = (
                _("À la place de l’autre, l’une des deux chevaucherait une session.")
                if conflicts
                else _(
                    "Le programme a changé pendant que vous le regardiez. Voici où il en est ; relisez avant de "
                    "recommencer."
                )
            )
        else:
            return page.go(page.href(session.url), notice="swapped")
    return await _show(page, forum, session, planned, chosen=chosen, errors=errors, conflicts=conflicts)


async def _show(
    page: Page,
    forum: Forum,
    session: Session,
    planned: Programme,
    *,
    chosen: str = "",
    errors: dict[str, str] | None = None,
    conflicts: Sequence[Conflict] = (),
) -> Response:
    others = [one for one in planned.sessions if one.id != session.id and one.state != "cancelled"]
    return await page.render(
        "forums/swap.html",
        status=422 if errors else 200,
        forum=forum,
        session=session,
        days=Programme(others).days,
        chosen=chosen,
        errors=errors or {},
        conflicts=conflicts,
        times=times,
    )
