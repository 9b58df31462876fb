"""How one service asks another, and what it makes of an answer that is not the service's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import ValidationError

from shared.clients.base import Answer, ServiceClient, ServiceDown, ServiceProblem


class Client(ServiceClient):
    service = "neighbour"


async def _greet(request: web.Request) -> web.Response:
    answer = web.json_response({"cookies": dict(request.cookies)})
    answer.set_cookie("sticky", "one caller's")
    return answer


async def _says(request: web.Request) -> web.Response:
    return web.Response(
        status=int(request.query["status"]), body=request.query["body"].encode(), content_type="application/json"
    )


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes([web.get("/greet", _greet), web.get("/says", _says)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        # By name: aiohttp keeps no cookies of bare addresses.
        async with Client(f"http://localhost:{runner.addresses[0][1]}") as one:
            yield one
    finally:
        await runner.cleanup()


async def test_a_cookie_one_caller_was_given_is_not_sent_for_the_next(client: Client) -> None:
    await client.call("GET", "/greet")
    assert await client.call("GET", "/greet") == {"cookies": {}}


@pytest.mark.parametrize("body", ['{"errors": ["odd"]}', '{"errors": 7}', "[]", "<html>", '{"errors": [{"field": 1}]}'])
async def test_an_error_that_is_no_problem_of_ours_is_one_all_the_same(client: Client, body: str) -> None:
    with pytest.raises(ServiceProblem) as caught:
        await client.call("GET", "/says", params={"status": 502, "body": body})
    assert (caught.value.status, caught.value.detail, caught.value.errors) == (502, body, ())


async def test_a_problem_is_read_whole(client: Client) -> None:
    body = (
        '{"type": "urn:x", "title": "No", "detail": "d", "errors": [{"field": "a", "message": "b"}], "state": "draft"}'
    )
    with pytest.raises(ServiceProblem) as caught:
        await client.call("GET", "/says", params={"status": 409, "body": body})
    assert [(one.field, one.message) for one in caught.value.errors] == [("a", "b")]
    assert (caught.value.type, caught.value.extra) == ("urn:x", {"state": "draft"})


async def test_an_answer_that_is_no_json_is_a_service_that_is_away(client: Client) -> None:
    with pytest.raises(ServiceDown):
        await client.call("GET", "/says", params={"status": 200, "body": "<html>"})


class Greeting(Answer):
    """What is asked for below."""

    cookies: dict[str, str]


async def test_an_answer_is_read_straight_into_its_model(client: Client) -> None:
    assert await client.get(Greeting, "/greet") == Greeting(cookies={})
    with pytest.raises(ServiceDown):
        await client.get(Greeting, "/says", params={"status": 200, "body": "<html>"})
    with pytest.raises(ValidationError):
        await client.get(Greeting, "/says", params={"status": 200, "body": '{"cookies": 7}'})
