"""Problems, ETags, paging, access: as every service speaks HTTP."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from fastapi import APIRouter, Request, Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.auth.principal import Role
from shared.http.access import AccessNotDeclared
from shared.http.app import create_app
from shared.http.paging import decode, encode, link_next
from shared.http.problems import Problem
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from tests.messaging.bulletin.service import SERVICE
from tests.support.service import ServiceUnderTest

NOBODY = "/api/bulletins/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "slug"),
    [
        ("GET", NOBODY, None, 404, "not-found"),
        ("GET", "/api/bulletins/not-a-uuid", None, 422, "invalid"),
        ("GET", "/api/bulletins/broken", None, 500, "internal"),
        ("GET", "/api/nowhere", None, 404, "not-found"),
        ("DELETE", "/api/bulletins", None, 405, "http-405"),
        ("POST", "/api/bulletins", {"title": 7}, 422, "invalid"),
        ("PATCH", NOBODY, {"title": "x"}, 428, "precondition-required"),
    ],
)
async def test_every_error_is_a_problem(
    bulletin: ServiceUnderTest, method: str, path: str, body: Any, status: int, slug: str
) -> None:
    answer = await bulletin.http.request(method, path, json=body, headers=bulletin.someone())

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"urn:demain:problem:{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"]
    assert problem["instance"] == path
    assert len(answer.headers["x-request-id"]) == 32
    assert "nobody's business" not in answer.text


@pytest.mark.parametrize(("path", "field"), [("/api/bulletins?cursor=a%00b", "cursor"), ("/api/bulletins/%00", "id")])
async def test_a_nul_in_a_parameter_is_refused_by_name(bulletin: ServiceUnderTest, path: str, field: str) -> None:
    answer = await bulletin.http.get(path)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert "NUL" in answer.json()["errors"][0]["message"]


async def test_a_nul_that_comes_as_far_as_the_database_is_the_callers_mistake(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post("/api/bulletins", json={"title": "a\0b"}, headers=bulletin.someone())

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:demain:problem:invalid")
    assert "NUL" in answer.json()["detail"]


async def test_a_slash_too_many_is_nowhere_and_not_a_redirect_to_what_the_host_header_says(
    bulletin: ServiceUnderTest,
) -> None:
    answer = await bulletin.http.get("/api/bulletins/", headers={"Host": "elsewhere.example"})

    assert (answer.status_code, answer.headers.get("location")) == (404, None)


async def test_field_errors_name_their_fields(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post("/api/bulletins", json={"title": 7, "pages": "many"}, headers=bulletin.someone())

    assert {error["field"] for error in answer.json()["errors"]} == {"title", "pages"}
    assert all(error["message"] for error in answer.json()["errors"])


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post(
        "/api/bulletins", content=b'{"title": "' + b"x" * 3_000_000 + b'"}', headers=bulletin.someone()
    )

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:demain:problem:too-large")


async def test_an_etag_that_still_holds_is_answered_304_without_content(bulletin: ServiceUnderTest) -> None:
    made = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=bulletin.someone())
    path = made.headers["location"]

    first = await bulletin.http.get(path)
    same = await bulletin.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    one_of_many = await bulletin.http.get(path, headers={"If-None-Match": f'"99", W/{first.headers["etag"]}'})
    other = await bulletin.http.get(path, headers={"If-None-Match": '"99"'})

    assert first.headers["etag"] == '"1"'
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"1"')
    assert one_of_many.status_code == 304
    assert (other.status_code, other.json()["title"]) == (200, "Tram")


async def test_caches_ask_again_each_time_and_keep_readers_apart(bulletin: ServiceUnderTest) -> None:
    made = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=bulletin.someone())
    path = made.headers["location"]

    whole = await bulletin.http.get(path)
    same = await bulletin.http.get(path, headers={"If-None-Match": whole.headers["etag"]})
    missing = await bulletin.http.get(NOBODY)

    for answer in (whole, same):
        assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-cache", "Authorization")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


def test_the_link_to_the_next_page_is_one_line_whatever_the_path() -> None:
    path = "/api/places/a\r\nSet-Cookie: b=c>;é"
    request, response = Request({"type": "http", "path": path, "query_string": b"", "headers": []}), Response()

    link_next(request, response, "next")

    assert response.headers["link"] == (
        '</api/places/a%0D%0ASet-Cookie%3A%20b%3Dc%3E%3B%C3%A9?cursor=next>; rel="next"'
    )


async def test_a_stale_if_match_is_412_and_says_the_version(bulletin: ServiceUnderTest) -> None:
    someone = bulletin.someone()
    path = (await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=someone)).headers["location"]

    fresh = await bulletin.http.patch(path, json={"title": "Bus"}, headers={**someone, "If-Match": '"1"'})
    stale = await bulletin.http.patch(path, json={"title": "Lost"}, headers={**someone, "If-Match": '"1"'})

    assert (fresh.status_code, fresh.headers["etag"]) == (200, '"2"')
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    assert (await bulletin.http.get(path)).json()["title"] == "Bus"


async def test_pages_follow_each_other_without_gap_or_double(bulletin: ServiceUnderTest) -> None:
    titles = [f"number {n}" for n in range(5)]
    for title in titles:
        await bulletin.http.post("/api/bulletins", json={"title": title}, headers=bulletin.someone())

    seen: list[str] = []
    url = "/api/bulletins?limit=2"
    while url:
        answer = await bulletin.http.get(url)
        assert len(answer.json()["items"]) <= 2
        seen += answer.json()["items"]
        url = answer.links.get("next", {}).get("url", "")

    assert seen == titles


def _cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


NESTED = base64.urlsafe_b64encode(b"[" * 1200).decode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode())))
@example(cursor=_cursor_of([None]))
@example(cursor=_cursor_of(["\x00"]))
@example(cursor=_cursor_of([[]]))
@example(cursor=_cursor_of({"0": 1}))
@example(cursor=_cursor_of(["a", "b"]))
@example(cursor="é")
@example(cursor="")
async def test_garbage_is_no_cursor(bulletin: ServiceUnderTest, cursor: str) -> None:
    answer = await bulletin.http.get("/api/bulletins", params={"cursor": cursor})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


async def test_a_cursor_nested_deeper_than_python_goes_is_no_cursor(bulletin: ServiceUnderTest) -> None:
    """Without hypothesis, which raises the limit."""
    answer = await bulletin.http.get("/api/bulletins", params={"cursor": NESTED})

    assert answer.status_code == 422


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(place=st.lists(JSON, min_size=1, max_size=4))
def test_a_cursor_says_the_place_it_was_made_of(place: list[Any]) -> None:
    assert decode(encode(place), len(place)) == place


@given(cursor=st.one_of(st.text(), st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode())))
def test_decoding_raises_nothing_but_its_problem(cursor: str) -> None:
    try:
        place = decode(cursor, 2)
    except Problem as problem:
        assert problem.kind.status == 422
    else:
        assert place is not None
        assert len(place) == 2


def _unruled(router: APIRouter) -> None:
    @router.get("/api/bulletins/open")
    async def open_to_whom(session: Session) -> None:
        """Says nothing about who may call it."""


def test_a_route_that_does_not_say_who_may_call_it_is_refused_when_it_is_written() -> None:
    with pytest.raises(AccessNotDeclared, match="/api/bulletins/open"):
        _unruled(service_router())


async def test_an_app_with_such_a_route_does_not_start(bulletin: ServiceUnderTest) -> None:
    """Also when the route was made by a router of another class, which does not check."""
    router = APIRouter()
    _unruled(router)

    with pytest.raises(AccessNotDeclared, match="/api/bulletins/open"):
        create_app(dataclasses.replace(SERVICE, router=router), bulletin.resources)


async def test_an_app_with_such_a_route_in_an_included_router_does_not_start(bulletin: ServiceUnderTest) -> None:
    inner, outer = APIRouter(), service_router()
    _unruled(inner)
    with pytest.raises(AccessNotDeclared, match="/api/bulletins/open"):
        outer.include_router(inner, prefix="")
        create_app(dataclasses.replace(SERVICE, router=outer), bulletin.resources)


@pytest.mark.parametrize(
    ("roles", "status"), [(None, 401), ((), 403), ((Role.EXPERT,), 403), ((Role.EDITOR,), 200), ((Role.ADMIN,), 200)]
)
async def test_roles_open_routes(bulletin: ServiceUnderTest, roles: tuple[Role, ...] | None, status: int) -> None:
    headers = {} if roles is None else bulletin.someone(*roles)

    answer = await bulletin.http.get("/api/bulletins/editors", headers=headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "Bearer a.b.c", "Bearer ç", "bearer x y"])
async def test_a_bad_token_is_refused_even_where_anyone_may_come(bulletin: ServiceUnderTest, header: str) -> None:
    answer = await bulletin.http.get("/api/bulletins", headers={b"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
