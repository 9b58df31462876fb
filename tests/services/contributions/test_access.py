"""Who may call what: every route × every role, against a written table; and what policy says of each state."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.contributions.service import SERVICE
from shared.auth.principal import Role
from shared.http.access import rule_of
from shared.storage.identifiers import new_id
from tests.services.contributions.writing import DRAFT, create, move, publish, schedule, send_back
from tests.support.service import ServiceUnderTest

EVERYBODY = ("anonymous", *Role)
SIGNED_IN = tuple(Role)
EDITORIAL = (Role.EDITOR, Role.ADMIN)
MODERATING = (Role.MODERATOR, Role.ADMIN)
ROUTES: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST", "/api/contributions"): SIGNED_IN,
    ("GET", "/api/contributions"): EVERYBODY,
    ("POST", "/api/contributions/previews"): SIGNED_IN,
    ("GET", "/api/contributions/addresses"): EVERYBODY,
    ("GET", "/api/contributions/addresses/parts"): EVERYBODY,
    ("GET", "/api/contributions/{id}"): EVERYBODY,
    ("PATCH", "/api/contributions/{id}"): SIGNED_IN,
    ("POST", "/api/contributions/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/contributions/{id}/transitions"): EVERYBODY,
    **{
        (method, f"/api/{labels}{path}"): who
        for labels in ("themes", "territories")
        for method, path, who in (
            ("GET", "", EVERYBODY),
            ("POST", "", EDITORIAL),
            ("GET", "/{id}", EVERYBODY),
            ("PATCH", "/{id}", EDITORIAL),
            ("POST", "/{id}/merge", EDITORIAL),
        )
    },
    ("POST", "/api/contributions/comparisons"): SIGNED_IN,
    ("GET", "/api/contributions/{id}/revisions"): EVERYBODY,
    ("GET", "/api/contributions/{id}/revisions/{number}"): EVERYBODY,
    ("GET", "/api/contributions/{id}/revisions/{before}/diff/{after}"): EVERYBODY,
    ("GET", "/api/contributions/{id}/comments"): SIGNED_IN,
    ("POST", "/api/contributions/{id}/comments"): SIGNED_IN,
    ("POST", "/api/contributions/{id}/comments/{comment_id}/resolution"): SIGNED_IN,
    ("PUT", "/api/contributions/{id}/assignment"): SIGNED_IN,
    ("POST", "/api/contributions/invitations/openings"): SIGNED_IN,
    ("POST", "/api/contributions/invitations/acceptances"): SIGNED_IN,
    ("GET", "/api/contributions/{id}/invitations"): SIGNED_IN,
    ("POST", "/api/contributions/{id}/invitations"): SIGNED_IN,
    ("POST", "/api/contributions/{id}/invitations/{invitation_id}/withdrawal"): SIGNED_IN,
    ("PUT", "/api/contributions/{id}/authors"): SIGNED_IN,
    ("DELETE", "/api/contributions/{id}/authors/{person}"): SIGNED_IN,
    ("PUT", "/api/contributions/{id}/translations"): SIGNED_IN,
    ("DELETE", "/api/contributions/{id}/translations"): SIGNED_IN,
    ("POST", "/api/debates"): SIGNED_IN,
    ("GET", "/api/debates"): EVERYBODY,
    ("GET", "/api/debates/{id}"): EVERYBODY,
    ("PATCH", "/api/debates/{id}"): SIGNED_IN,
    ("POST", "/api/debates/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/debates/{id}/arguments"): EVERYBODY,
    ("POST", "/api/debates/{id}/arguments"): SIGNED_IN,
    ("GET", "/api/debates/{id}/arguments/recent"): EVERYBODY,
    ("GET", "/api/arguments"): SIGNED_IN,
    ("GET", "/api/arguments/{id}"): EVERYBODY,
    ("PATCH", "/api/arguments/{id}"): SIGNED_IN,
    ("DELETE", "/api/arguments/{id}"): SIGNED_IN,
    ("PUT", "/api/arguments/{id}/endorsement"): SIGNED_IN,
    ("DELETE", "/api/arguments/{id}/endorsement"): SIGNED_IN,
    ("POST", "/api/arguments/{id}/moderation"): MODERATING,
    ("POST", "/api/reports"): SIGNED_IN,
    ("GET", "/api/reports"): MODERATING,
    ("GET", "/api/moderation"): EVERYBODY,
}
RULES = {
    EVERYBODY: "anyone",
    SIGNED_IN: "signed-in",
    EDITORIAL: "role:admin|editor",
    MODERATING: "role:admin|moderator",
}
WRITERS = {Role.EXPERT, Role.EDITOR, Role.ADMIN}
EDITORS = set(EDITORIAL)


def every_route(router: APIRouter) -> list[APIRoute]:
    """FastAPI keeps included routers as they are, so that their routes are not in the list of the outer one."""
    found: list[APIRoute] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        found += every_route(inner) if inner is not None else [route] if isinstance(route, APIRoute) else []
    return found


def _who(service: ServiceUnderTest, role: str) -> dict[str, str]:
    return {} if role == "anonymous" else service.someone(Role(role))


def _filled(path: str) -> str:
    return re.sub(r"{(?!id})\w+}", "1", path).replace("{id}", str(new_id()))


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
        answer = await service.http.request(method, _filled(path), json={}, headers={**who, "If-Match": '"1"'})
        if role in allowed:
            assert answer.status_code not in {401, 403}, (method, path, answer.text)
        else:
            assert answer.status_code == (401 if role == "anonymous" else 403), (method, path, answer.text)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_who_may_create_which_kind(service: ServiceUnderTest, role: str) -> None:
    for kind in ("study", "note", "op_ed", "interview", "idea"):
        answer = await service.http.post(
            "/api/contributions", json={**DRAFT, "kind": kind}, headers=_who(service, role)
        )
        may = role != "anonymous" and (kind == "idea" or Role(role) in WRITERS)
        expected = 201 if may else (401 if role == "anonymous" else 403)
        assert answer.status_code == expected, (role, kind)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_what_strangers_of_each_role_may_do_in_each_state(service: ServiceUnderTest, role: str) -> None:
    author, who = service.someone(Role.EXPERT), _who(service, role)
    editor = role != "anonymous" and Role(role) in EDITORS
    draft = await create(service, author)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    returned = await send_back(service, author)
    scheduled = await schedule(service, author)
    published = await publish(service, author)
    withdrawn = (await move(service, author, await publish(service, author), "withdraw", "Erreur.")).json()

    reads = {
        draft["id"]: 404,
        submitted["id"]: 200 if editor else 404,
        returned["id"]: 200 if editor else 404,
        scheduled["id"]: 200 if editor else 404,
        published["id"]: 200,
        withdrawn["id"]: 200 if editor else 410,
    }
    for id, expected in reads.items():
        assert (await service.http.get(f"/api/contributions/{id}", headers=who)).status_code == expected
    if role == "anonymous":
        return
    for entity, action, as_editor, otherwise in (
        (draft, "submit", 403, 404),
        (submitted, "recall", 403, 404),
        (returned, "submit", 403, 404),
        (scheduled, "recall", 403, 404),
        (scheduled, "return", 409, 404),
        (scheduled, "unschedule", 200, 404),
        (returned, "publish", 409, 404),
        (published, "submit", 409, 409),
        (withdrawn, "publish", 409, 404),
    ):
        answer = await move(service, who, entity, action, "Parce que.")
        assert answer.status_code == (as_editor if editor else otherwise), (role, action, answer.text)
    edits = await service.http.patch(
        f"/api/contributions/{published['id']}",
        json={"title": "Autre", "reason": "Le titre trompait."},
        headers={**who, "If-Match": f'"{published["version"]}"'},
    )
    assert edits.status_code == (200 if editor else 403)
    last = edits.json() if editor else published
    taken_back = await move(service, who, last, "withdraw", "Retrait.")
    assert taken_back.status_code == (200 if editor else 403)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_lists_show_only_what_one_may_read(service: ServiceUnderTest, role: str) -> None:
    author, who = service.someone(Role.EXPERT), _who(service, role)
    editor = role != "anonymous" and Role(role) in EDITORS
    draft = await create(service, author)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    returned = await send_back(service, author)
    scheduled = await schedule(service, author)
    published = await publish(service, author)
    seen = (await service.http.get("/api/contributions?state=any", headers=who)).json()["items"]
    expected = {published["id"]} | ({submitted["id"], returned["id"], scheduled["id"]} if editor else set())
    assert {one["id"] for one in seen} == expected
    own = (await service.http.get("/api/contributions?state=any", headers=author)).json()["items"]
    assert {one["id"] for one in own} == {one["id"] for one in (draft, submitted, returned, scheduled, published)}


async def test_the_public_history_names_nobody_and_hides_the_editors_words(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    returned = (await move(service, editor, submitted, "return", "Trop long.")).json()
    path = f"/api/contributions/{returned['id']}/transitions"
    assert (await service.http.get(path)).status_code == 404
    again = (await move(service, author, returned, "submit")).json()
    await move(service, editor, again, "publish")
    public = (await service.http.get(path)).json()["items"]
    assert [step["action"] for step in public] == ["publish"]
    inside = (await service.http.get(path, headers=author)).json()["items"]
    assert [step["reason"] for step in inside] == [None, "Trop long.", None, None]
    assert all(set(step) == {"at", "action", "before", "after", "reason"} for step in inside)
