"""The rooms of a forum: adding one, renaming one, saying how many it holds."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.forums.access import CHANGED, kept, may_save, organized, refusals, say, version_of
from services.web.sections.forums.programme import rooms
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum

router = APIRouter(route_class=PageRoute)

LABELS = {"name": N_("Nom de la salle"), "capacity": N_("Nombre de places")}
REFUSALS = {
    "name": N_("Donnez un nom d’une ligne, de cent vingt signes au plus."),
    "capacity": N_("Écrivez un nombre de places, ou laissez vide si elles ne sont pas comptées."),
}


@router.get("/forums/{id:uuid}/salles")
async def shown(page: CurrentPage, id: UUID) -> Response:
    """All rooms, and a form for one more."""
    forum, token = await organized(page, id)
    return await _show(page, forum, token)


@router.post("/forums/{id:uuid}/salles")
async def add(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """One more room; with ``room`` (its id), that room is changed."""
    try:
        forum, token = await organized(page, id)
    except SignInNeeded:
        return await kept(page, form, LABELS)
    errors = (await may_save(page, form))[1] or _errors(form)
    if not errors:
        try:
            await _keep(page, form, forum, token)
        except (ServiceProblem, ServiceDown) as problem:
            if isinstance(problem, ServiceProblem) and problem.status == CHANGED:
                errors = {"form": _("Cette salle a été modifiée entre-temps. Relisez-la avant de recommencer.")}
            else:
                errors = refusals(problem, REFUSALS)
        else:
            return page.go(page.href(f"/forums/{forum.id}/salles"), notice="room-kept")
    return await _show(page, forum, token, form=form, errors=errors)


async def _keep(page: Page, form: Posted, forum: Forum, token: str) -> None:
    client, room = page.client(EventsClient), form.text("room")
    name, capacity = form.text("name"), form.text("capacity")
    places = int(capacity) if capacity else None
    if room:
        changes: dict[str, object] = {"name": name, "capacity": places}
        await client.edit_room(forum.id, room, version_of(form), changes, token=token)
    else:
        await client.add_room(forum.id, name, capacity=places, token=token)


def _errors(form: Posted) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not form.text("name"):
        errors["name"] = say(REFUSALS, "name")
    capacity = form.text("capacity")
    if capacity and not (capacity.isdecimal() and len(capacity) <= 7 and int(capacity)):
        errors["capacity"] = say(REFUSALS, "capacity")
    return errors


async def _show(
    page: Page, forum: Forum, token: str, *, form: Posted | None = None, errors: dict[str, str] | None = None
) -> Response:
    wrong = form.text("room") if form else ""
    return await page.render(
        "forums/rooms.html",
        status=422 if errors else 200,
        forum=forum,
        rooms=await rooms(page, forum, token),
        errors=errors or {},
        labels=LABELS,
        wrong=wrong,
        typed={name: form.text(name) if form else "" for name in LABELS},
    )
