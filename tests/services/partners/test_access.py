"""Who may call what: every route × every role, against a written table; and what is seen of each state."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.partners.service import SERVICE
from shared.auth.principal import Role
from shared.http.access import rule_of
from shared.storage.identifiers import new_id
from tests.services.partners.town import (
    APPLICATION,
    CALL,
    DEMONSTRATOR,
    MOTIVE,
    ORGANIZATION,
    Person,
    Town,
    accepted,
    begin,
)

EVERYBODY = ("anonymous", *Role)
SIGNED_IN = tuple(Role)
RUNNERS = (Role.ORGANIZER, Role.ADMIN)
ROUTES: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST", "/api/organizations"): SIGNED_IN,
    ("GET", "/api/organizations"): EVERYBODY,
    ("GET", "/api/organizations/mine"): SIGNED_IN,
    ("POST", "/api/organizations/invitations/lookup"): SIGNED_IN,
    ("POST", "/api/organizations/invitations/acceptance"): SIGNED_IN,
    ("GET", "/api/organizations/{id}"): EVERYBODY,
    ("PATCH", "/api/organizations/{id}"): SIGNED_IN,
    ("POST", "/api/organizations/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/organizations/{id}/members"): SIGNED_IN,
    ("PUT", "/api/organizations/{id}/members/{person}"): SIGNED_IN,
    ("DELETE", "/api/organizations/{id}/members/{person}"): SIGNED_IN,
    ("POST", "/api/organizations/{id}/invitations"): SIGNED_IN,
    ("GET", "/api/organizations/{id}/invitations"): SIGNED_IN,
    ("DELETE", "/api/organizations/{id}/invitations/{invitation}"): SIGNED_IN,
    ("POST", "/api/calls"): RUNNERS,
    ("GET", "/api/calls"): EVERYBODY,
    ("GET", "/api/calls/{id}"): EVERYBODY,
    ("PATCH", "/api/calls/{id}"): RUNNERS,
    ("POST", "/api/calls/{id}/transitions"): RUNNERS,
    ("POST", "/api/calls/{id}/applications"): SIGNED_IN,
    ("GET", "/api/calls/{id}/applications"): SIGNED_IN,
    ("GET", "/api/calls/{id}/applications/counts"): SIGNED_IN,
    ("GET", "/api/applications/mine"): SIGNED_IN,
    ("GET", "/api/applications/{id}"): SIGNED_IN,
    ("PATCH", "/api/applications/{id}"): SIGNED_IN,
    ("POST", "/api/applications/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/applications/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/applications/{id}/reviewers"): SIGNED_IN,
    ("POST", "/api/applications/{id}/reviewers"): SIGNED_IN,
    ("DELETE", "/api/applications/{id}/reviewers/{person}"): SIGNED_IN,
    ("GET", "/api/applications/{id}/reviews"): SIGNED_IN,
    ("POST", "/api/applications/{id}/reviews"): SIGNED_IN,
    ("GET", "/api/applications/{id}/conflicts"): SIGNED_IN,
    ("POST", "/api/applications/{id}/conflicts"): SIGNED_IN,
    ("GET", "/api/reviews/mine"): SIGNED_IN,
    ("GET", "/api/reviews/{id}"): SIGNED_IN,
    ("PATCH", "/api/reviews/{id}"): SIGNED_IN,
    ("POST", "/api/reviews/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/partnerships"): SIGNED_IN,
    ("GET", "/api/partnerships/{id}"): SIGNED_IN,
    ("PATCH", "/api/partnerships/{id}"): SIGNED_IN,
    ("POST", "/api/demonstrators"): SIGNED_IN,
    ("GET", "/api/demonstrators"): EVERYBODY,
    ("GET", "/api/demonstrators/{id}"): EVERYBODY,
    ("PATCH", "/api/demonstrators/{id}"): SIGNED_IN,
    ("POST", "/api/demonstrators/{id}/transitions"): SIGNED_IN,
    ("GET", "/api/demonstrators/{id}/results"): EVERYBODY,
    ("POST", "/api/demonstrators/{id}/results"): SIGNED_IN,
}
RULES = {EVERYBODY: "anyone", SIGNED_IN: "signed-in", RUNNERS: "role:admin|organizer"}


def every_route(router: APIRouter) -> list[APIRoute]:
    """FastAPI keeps included routers as they are, so that their routes are not in the list of the outer one."""
    found: list[APIRoute] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        found += every_route(inner) if inner is not None else [route] if isinstance(route, APIRoute) else []
    return found


async def _somebody(town: Town, role: str) -> Person | None:
    return None if role == "anonymous" else await town.somebody(Role(role))


def test_the_table_names_every_route() -> None:
    routes = every_route(SERVICE.router)
    assert {(method, route.path) for route in routes for method in route.methods or ()} == set(ROUTES)
    for route in routes:
        for method in route.methods or ():
            assert rule_of(route) == RULES[ROUTES[method, route.path]], (method, route.path)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_every_route_lets_in_whom_the_table_says(town: Town, role: str) -> None:
    who = await _somebody(town, role)
    for (method, path), allowed in ROUTES.items():
        filled = re.sub(r"{\w+}", str(new_id()), path)
        answer = await town.ask(who, method, filled, json={}, headers={"If-Match": '"1"'})
        if role in allowed:
            assert answer.status_code not in {401, 403}, (method, path, answer.text)
        else:
            assert answer.status_code == (401 if role == "anonymous" else 403), (method, path, answer.text)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_what_strangers_of_each_role_see_and_may_do(town: Town, role: str) -> None:
    """A stranger has the role, and nothing to do with anything that is there."""
    story, partnership = await accepted(town)
    waiting = await begin(town)
    draft = await town.draft(waiting.applicant, waiting.call, waiting.organization)
    hidden_call = await town.call(story.organizer, published=False)
    made = {**DEMONSTRATOR, "partnership": partnership["id"]}
    demonstrator = await town.post(story.applicant, "/api/demonstrators", made)
    review = await town.review(waiting.reviewer, waiting.application, 3, 3)
    who = await _somebody(town, role)
    admin, signed_in = role == Role.ADMIN, role != "anonymous"

    public = 200
    inside = 200 if admin else 404 if signed_in else 401
    applications = f"/api/applications/{waiting.application['id']}"
    for path, expected in (
        (f"/api/organizations/{story.organization['id']}", 404),
        (f"/api/organizations/{story.organization['id']}/members", 404 if signed_in else 401),
        (f"/api/calls/{story.call['id']}", public),
        (f"/api/calls/{hidden_call['id']}", 200 if admin else 404),
        (applications, inside),
        (f"{applications}/transitions", inside),
        (f"{applications}/reviewers", inside),
        (f"{applications}/reviews", inside),
        (f"{applications}/conflicts", inside),
        (f"/api/applications/{draft['id']}", 404 if signed_in else 401),
        (f"/api/reviews/{review['id']}", inside),
        (f"/api/partnerships/{partnership['id']}", inside),
        (f"/api/demonstrators/{demonstrator['id']}", 200 if admin else 404),
        (f"/api/demonstrators/{demonstrator['id']}/results", 200 if admin else 404),
    ):
        assert (await town.ask(who, "GET", path)).status_code == expected, path
    if not signed_in:
        return
    board = await town.get(who, f"/api/calls/{waiting.call['id']}/applications")
    assert [one["id"] for one in board["items"]] == ([waiting.application["id"]] if admin else [])
    counts = await town.get(who, f"/api/calls/{waiting.call['id']}/applications/counts")
    assert counts["counts"] == ({"in_review": 1} if admin else {})
    for path in ("/api/applications/mine", "/api/reviews/mine", "/api/organizations/mine"):
        assert (await town.get(who, path))["items"] == [], path
    for path, as_admin in (
        ("/api/organizations?state=any", set()),
        ("/api/demonstrators?state=any", {demonstrator["id"]}),
        ("/api/partnerships", {partnership["id"]}),
    ):
        assert {one["id"] for one in (await town.get(who, path))["items"]} == (as_admin if admin else set()), path
    for entity, action, reason in (
        (draft, "submit", None),
        (draft, "withdraw", None),
        (waiting.application, "withdraw", None),
        (waiting.application, "accept", MOTIVE),
    ):
        answer = await town.move(who, "/api/applications", entity, action, reason)
        reached = admin and entity is waiting.application
        expected = (200 if action == "accept" else 403) if reached else 404
        assert answer.status_code == expected, (action, answer.text)
    typed = await town.change(who, "/api/applications", draft, {"title": "À moi"})
    assert typed.status_code == 404
    begun = await town.ask(who, "POST", f"{applications}/reviews", json={})
    assert begun.status_code == (403 if admin else 404)
    scored = await town.change(who, "/api/reviews", review, {"text": "À moi"})
    assert scored.status_code == 404


@pytest.mark.parametrize("role", SIGNED_IN)
async def test_who_may_begin_what(town: Town, role: Role) -> None:
    who = await town.somebody(role)
    organization = await town.organization(who)
    assert organization["membership"] == "owner"
    answer = await town.ask(who, "POST", "/api/calls", json=CALL)
    assert answer.status_code == (201 if role in RUNNERS else 403)
    call = await town.call(await town.somebody(Role.ORGANIZER))
    own = {**APPLICATION, "organization": organization["id"]}
    assert (await town.ask(who, "POST", f"/api/calls/{call['id']}/applications", json=own)).status_code == 201
    stranger = await town.organization(await town.somebody(), published=True)
    others = {**APPLICATION, "organization": stranger["id"]}
    assert (await town.ask(who, "POST", f"/api/calls/{call['id']}/applications", json=others)).status_code == 403
    withdrawn = await town.move(who, "/api/organizations", stranger, "withdraw", "Ce n’est pas une organisation.")
    assert withdrawn.status_code == (200 if role in RUNNERS else 403)


async def test_another_organizer_runs_nothing_of_a_call(town: Town) -> None:
    story = await begin(town)
    other = await town.somebody(Role.ORGANIZER)
    assert (await town.change(other, "/api/calls", story.call, {"title": "À moi"})).status_code == 403
    assert (await town.ask(other, "GET", f"/api/applications/{story.application['id']}")).status_code == 404
    both = {"organizers": [str(story.organizer.id), str(other.id)]}
    call = await town.get(story.organizer, f"/api/calls/{story.call['id']}")
    assert (await town.change(story.organizer, "/api/calls", call, both)).status_code == 200
    assert (await town.ask(other, "GET", f"/api/applications/{story.application['id']}")).status_code == 200
    without = Person(other.id, town.service.someone(id=other.id))
    assert (await town.ask(without, "GET", f"/api/applications/{story.application['id']}")).status_code == 404


async def test_a_member_who_left_sees_nothing_any_more(town: Town) -> None:
    story, partnership = await accepted(town)
    colleague = await town.somebody()
    await town.join(story.applicant, story.organization, colleague)
    paths = [
        f"/api/applications/{story.application['id']}",
        f"/api/partnerships/{partnership['id']}",
        f"/api/organizations/{story.organization['id']}",
    ]
    for path in paths:
        assert (await town.ask(colleague, "GET", path)).status_code == 200, path
    gone = await town.ask(
        story.applicant, "DELETE", f"/api/organizations/{story.organization['id']}/members/{colleague.id}"
    )
    assert gone.status_code == 204
    for path in paths:
        assert (await town.ask(colleague, "GET", path)).status_code == 404, path


async def test_an_applicant_is_told_the_motive_and_never_who_reviewed_or_scored(town: Town) -> None:
    story = await begin(town)
    review = await town.review(story.reviewer, story.application, 2, 1)
    declined = await town.moved(story.organizer, "/api/applications", story.application, "decline", "Trop tôt.")
    path = f"/api/applications/{declined['id']}"
    seen = await town.get(story.applicant, path)
    assert (seen["decision_reason"], seen["next_step"]) == ("Trop tôt.", "nothing")
    history = await town.ask(story.applicant, "GET", f"{path}/transitions")
    mine = await town.ask(story.applicant, "GET", "/api/applications/mine")
    for told in (str(seen), history.text, mine.text):
        assert str(story.reviewer.id) not in told
        assert str(story.organizer.id) not in told
        assert review["text"] not in told
    assert mine.json()["items"][0]["evaluation"] is None
    for private in (f"{path}/reviews", f"{path}/reviewers", f"{path}/conflicts", f"/api/reviews/{review['id']}"):
        assert (await town.ask(story.applicant, "GET", private)).status_code == 404
    of_reviewer = await town.get(story.reviewer, path)
    assert (of_reviewer["decision_reason"], of_reviewer["contact"]) == (None, None)


async def test_what_is_withdrawn_says_so(town: Town) -> None:
    owner, warden = await town.somebody(), await town.somebody(Role.ORGANIZER)
    organization = await town.organization(owner, published=True)
    await town.moved(warden, "/api/organizations", organization, "withdraw", "Une autre l’est déjà.")
    answer = await town.ask(None, "GET", f"/api/organizations/{organization['id']}")
    assert (answer.status_code, answer.json()["reason"]) == (410, "Une autre l’est déjà.")
    own = await town.get(owner, f"/api/organizations/{organization['id']}")
    assert (own["state"], own["actions"]) == ("withdrawn", ["edit", "invite"])
    back = await town.move(owner, "/api/organizations", own, "publish")
    assert back.status_code == 403
    assert (await town.move(warden, "/api/organizations", own, "publish")).status_code == 200
    assert ORGANIZATION["name"] == (await town.get(None, f"/api/organizations/{organization['id']}"))["name"]
    call = await town.call(warden)
    await town.moved(warden, "/api/calls", call, "withdraw", "Le budget manque.")
    assert (await town.ask(None, "GET", f"/api/calls/{call['id']}")).status_code == 410
