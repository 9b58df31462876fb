"""Who may call what: every route × every role, against a written table; and what each may do with another's forum."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.events.service import SERVICE
from shared.auth.principal import Role
from shared.http.access import rule_of
from shared.storage.identifiers import new_id
from tests.services.events.planning import FORUM, add_room, add_session, create, move, publish
from tests.support.service import ServiceUnderTest

EVERYBODY = ("anonymous", *Role)
SIGNED_IN = tuple(Role)
ROUTES: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST", "/api/forums"): SIGNED_IN,
    ("GET", "/api/forums"): EVERYBODY,
    ("POST", "/api/forums/import"): SIGNED_IN,
    ("GET", "/api/forums/{id}"): EVERYBODY,
    ("PATCH", "/api/forums/{id}"): SIGNED_IN,
    ("POST", "/api/forums/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/forums/{id}/transitions"): EVERYBODY,
    ("POST", "/api/forums/{id}/rooms"): SIGNED_IN,
    ("GET", "/api/forums/{id}/rooms"): EVERYBODY,
    ("PATCH", "/api/forums/{id}/rooms/{room}"): SIGNED_IN,
    ("POST", "/api/forums/{id}/sessions"): SIGNED_IN,
    ("GET", "/api/forums/{id}/sessions"): EVERYBODY,
    ("POST", "/api/forums/{id}/sessions/swap"): SIGNED_IN,
    ("GET", "/api/forums/{id}/sessions/{session_id}"): EVERYBODY,
    ("PATCH", "/api/forums/{id}/sessions/{session_id}"): SIGNED_IN,
    ("POST", "/api/forums/{id}/sessions/{session_id}/transitions"): SIGNED_IN,
    ("GET", "/api/forums/{id}/warnings"): SIGNED_IN,
    ("GET", "/api/forums/{id}/places"): EVERYBODY,
    ("POST", "/api/forums/{id}/registrations"): SIGNED_IN,
    ("DELETE", "/api/forums/{id}/registrations"): SIGNED_IN,
    ("GET", "/api/forums/{id}/registrations"): SIGNED_IN,
    ("GET", "/api/registrations/mine"): SIGNED_IN,
    ("GET", "/api/forums/{id}/calendar.ics"): EVERYBODY,
    ("GET", "/api/forums/{id}/schedule.json"): EVERYBODY,
}
RULES = {EVERYBODY: "anyone", SIGNED_IN: "signed-in"}


def every_route(router: APIRouter) -> list[APIRoute]:
    """FastAPI keeps included routers as they are, so that their routes are not in the list of the outer one."""
    found: list[APIRoute] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        found += every_route(inner) if inner is not None else [route] if isinstance(route, APIRoute) else []
    return found


def _who(service: ServiceUnderTest, role: str) -> dict[str, str]:
    return {} if role == "anonymous" else service.someone(Role(role))


def test_the_table_names_every_route() -> None:
    routes = every_route(SERVICE.router)
    assert {(method, route.path) for route in routes for method in route.methods or ()} == set(ROUTES)
    for route in routes:
        for method in route.methods or ():
            assert rule_of(route) == RULES[ROUTES[method, route.path]], (method, route.path)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_every_route_lets_in_whom_the_table_says(service: ServiceUnderTest, role: str) -> None:
    who = _who(service, role)
    for (method, path), allowed in ROUTES.items():
        filled = re.sub(r"{\w+}", str(new_id()), path)
        answer = await service.http.request(method, filled, json={}, headers={**who, "If-Match": '"1"'})
        if role in allowed:
            assert answer.status_code not in {401, 403}, (method, path, answer.text)
        else:
            assert answer.status_code == 401, (method, path, answer.text)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_who_opens_forums(service: ServiceUnderTest, role: str) -> None:
    answer = await service.http.post("/api/forums", json=FORUM, headers=_who(service, role))
    expected = 401 if role == "anonymous" else 201 if role in {Role.ORGANIZER, Role.ADMIN} else 403
    assert answer.status_code == expected


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("state", ["draft", "published", "cancelled"])
async def test_what_strangers_of_each_role_may_do_in_each_state(
    service: ServiceUnderTest, role: str, state: str
) -> None:
    owner, who = service.someone(Role.ORGANIZER), _who(service, role)
    forum = await create(service, owner)
    room = await add_room(service, owner, forum)
    session = await add_session(service, owner, forum, room, "2090-03-25T10:00")
    if state != "draft":
        forum = (await move(service, owner, forum, "publish")).json()
    if state == "cancelled":
        forum = (await move(service, owner, forum, "cancel", "Grève.")).json()
    admin, seen = role == Role.ADMIN, state != "draft" or role == Role.ADMIN
    path = f"/api/forums/{forum['id']}"

    for below in ("", "/transitions", "/rooms", "/sessions", f"/sessions/{session['id']}", "/places", "/calendar.ics",
                  "/schedule.json"):  # fmt: skip
        answer = await service.http.get(path + below, headers=who)
        assert answer.status_code == (200 if seen else 404), below
    listed = (await service.http.get("/api/forums?state=any&when=any&limit=100", headers=who)).json()["items"]
    assert (forum["id"] in {one["id"] for one in listed}) == seen
    hidden = await service.http.get(f"{path}/registrations", headers=who)
    assert hidden.status_code == (401 if role == "anonymous" else 200 if admin else 403 if seen else 404)
    warned = await service.http.get(f"{path}/warnings", headers=who)
    assert warned.status_code == (401 if role == "anonymous" else 200 if admin else 404)

    any_version = {**who, "If-Match": "*"}
    refused = 401 if role == "anonymous" else 403 if seen else 404
    planned = {"title": "Une", "room": room, "starts_at": "2090-03-26T10:00", "minutes": 10}
    swapped: dict[str, Any] = {"one": {"id": session["id"], "version": 1}, "other": {"id": str(new_id()), "version": 1}}
    changes: list[tuple[str, str, dict[str, Any], int]] = [
        ("PATCH", "", {"venue": "Ailleurs"}, 200),
        ("POST", "/rooms", {"name": "Salle 2"}, 201),
        ("PATCH", f"/rooms/{room}", {"capacity": 5}, 200),
        ("POST", "/sessions", planned, 201),
        ("POST", "/sessions/swap", swapped, 412),
        ("PATCH", f"/sessions/{session['id']}", {"title": "Autre"}, 200),
        ("POST", f"/sessions/{session['id']}/transitions", {"action": "cancel"}, 200),
    ]
    for method, below, body, done in changes:
        answer = await service.http.request(method, path + below, json=body, headers=any_version)
        expected = (409 if state == "cancelled" else done) if admin else refused
        assert answer.status_code == expected, (method, below, answer.text)
    action = {"draft": "publish", "published": "retract", "cancelled": "restore"}[state]
    answer = await service.http.post(
        f"{path}/transitions", json={"action": action, "reason": "Il le faut."}, headers=any_version
    )
    assert answer.status_code == (200 if admin else refused)


async def test_who_is_no_organizer_any_more_has_no_part_in_their_forum(service: ServiceUnderTest) -> None:
    me = new_id()
    forum = await publish(service, service.someone(Role.ORGANIZER, id=me))
    answer = await service.http.patch(
        f"/api/forums/{forum['id']}", json={"venue": "Ici"}, headers={**service.someone(id=me), "If-Match": "*"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(("state", "expected"), [("draft", 404), ("published", 200), ("cancelled", 409), ("past", 409)])
async def test_only_what_is_published_and_not_over_can_be_registered_for(
    service: ServiceUnderTest, state: str, expected: int
) -> None:
    owner = service.someone(Role.ORGANIZER)
    days = {"starts_on": "2020-03-28", "ends_on": "2020-03-28"} if state == "past" else {}
    forum = await create(service, owner, **days)
    if state != "draft":
        forum = (await move(service, owner, forum, "publish")).json()
    if state == "cancelled":
        await move(service, owner, forum, "cancel", "Grève.")
    answer = await service.http.post(f"/api/forums/{forum['id']}/registrations", headers=service.someone())
    assert answer.status_code == expected, answer.text
