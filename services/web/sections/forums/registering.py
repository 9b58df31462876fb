"""Registering for a forum, and giving one's place back."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.page import CurrentPage, SignInNeeded
from services.web.sections.forums import times
from shared.clients.base import ServiceProblem
from shared.clients.events import EventsClient

router = APIRouter(route_class=PageRoute)

PLACE = "#inscription"
"""Where the forum's page speaks of places."""


@router.get("/forums/{id:uuid}/inscription")
async def ask(page: CurrentPage, id: UUID) -> Response:
    """What one has, and whether to give it back."""
    token = await page.needed_token()
    client = page.client(EventsClient)
    forum = await client.read(str(id), token=token)
    places = await client.places(forum.id, token=token)
    if places.mine is None:
        return page.go(page.href(forum.url) + PLACE)
    return await page.render("forums/give_back.html", forum=forum, places=places, mine=places.mine, times=times)


@router.post("/forums/{id:uuid}/inscription")
async def register(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Take a place, or the next one in the waiting list; with ``do=cancel``, give it back."""
    token = await page.token()
    if token is None:
        raise SignInNeeded
    form.expect_ours()
    client = page.client(EventsClient)
    forum = await client.read(str(id), token=token)
    back = page.href(forum.url) + PLACE
    if form.text("do") == "cancel":
        await client.unregister(forum.id, token=token)
        return page.go(back, notice="unregistered")
    try:
        mine = await client.register(forum.id, token=token)
    except ServiceProblem as problem:
        if problem.status != 409:
            raise
        return page.go(back, notice="registration-closed")
    return page.go(back, notice="waiting" if mine.state == "waiting" else "registered")
