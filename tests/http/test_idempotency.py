"""The same request twice is done once."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from shared.http import idempotency
from shared.storage.identifiers import new_id
from tests.http.kept import Kept, kept
from tests.support.service import ServiceUnderTest


async def test_a_repeated_request_is_answered_alike_and_done_once(bulletin: ServiceUnderTest) -> None:
    headers = {**bulletin.someone(), "Idempotency-Key": "one"}

    first = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers)
    again = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers)

    assert (again.status_code, again.content) == (201, first.content)
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=1)


async def test_raced_it_is_done_once_and_everybody_gets_the_same_answer(bulletin: ServiceUnderTest) -> None:
    headers = {**bulletin.someone(), "Idempotency-Key": "raced"}

    answers = await asyncio.gather(
        *(bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers) for _ in range(12))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 11
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=1)


async def test_control_without_a_key_each_is_done(bulletin: ServiceUnderTest) -> None:
    someone = bulletin.someone()

    await asyncio.gather(
        *(bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=someone) for _ in range(4))
    )

    assert await kept(bulletin) == Kept(bulletins=4, told=4, keys=0)


async def test_a_key_with_another_body_is_refused(bulletin: ServiceUnderTest) -> None:
    headers = {**bulletin.someone(), "Idempotency-Key": "one"}
    first = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers)

    other = await bulletin.http.post("/api/bulletins", json={"title": "Bus"}, headers=headers)

    assert (other.status_code, other.json()["type"]) == (422, "urn:demain:problem:idempotency-key-reused")
    # Who lost the first answer learns what came of it.
    assert (other.json()["location"], other.json()["etag"]) == (first.headers["location"], first.headers["etag"])
    assert (await kept(bulletin)).bulletins == 1


async def test_a_key_belongs_to_a_person_and_a_route(bulletin: ServiceUnderTest) -> None:
    me, you = ({**bulletin.issuer.bearer(new_id()), "Idempotency-Key": "one"} for _ in range(2))

    for headers, route in ((me, "/api/bulletins"), (you, "/api/bulletins"), (me, "/api/bulletins/long")):
        answer = await bulletin.http.post(route, json={"title": "Tram"}, headers=headers)
        assert answer.status_code < 300
        assert "idempotent-replayed" not in answer.headers

    assert (await kept(bulletin)).bulletins == 3


async def test_what_failed_can_be_tried_again_with_its_key(bulletin: ServiceUnderTest) -> None:
    headers = {**bulletin.someone(), "Idempotency-Key": "one"}
    for _ in range(2):
        answer = await bulletin.http.post("/api/bulletins", json={"title": "at commit: 40001"}, headers=headers)
        assert answer.status_code == 503

    answer = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers)

    assert answer.status_code == 201


async def test_of_two_at_once_the_second_goes_on_when_the_first_fails(bulletin: ServiceUnderTest) -> None:
    """Half of a race whose first holder fails at commit: nobody is answered with what was rolled back."""
    headers = {**bulletin.someone(), "Idempotency-Key": "one"}

    answers = await asyncio.gather(
        *(bulletin.http.post("/api/bulletins", json={"title": "at commit: 40001"}, headers=headers) for _ in range(6))
    )

    assert {answer.status_code for answer in answers} == {503}
    assert await kept(bulletin) == Kept(0, 0, 0)


async def test_keys_are_forgotten_after_a_day(bulletin: ServiceUnderTest) -> None:
    headers = {**bulletin.someone(), "Idempotency-Key": "old"}
    fresh = {**headers, "Idempotency-Key": "fresh"}
    for one in (headers, fresh):
        await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=one)
    async with bulletin.database.transaction() as session:
        await session.execute(
            text("UPDATE idempotent_request SET created_at = now() - interval '25 hours' WHERE key = 'old'")
        )

    again = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=headers)
    replayed = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=fresh)
    async with bulletin.database.transaction() as session:
        await session.execute(text("UPDATE idempotent_request SET created_at = now() - interval '25 hours'"))
        await idempotency.forget_old(session)

    assert "idempotent-replayed" not in again.headers
    assert "idempotent-replayed" in replayed.headers
    assert await kept(bulletin) == Kept(bulletins=3, told=3, keys=0)


async def test_a_key_that_is_too_long_or_empty_is_refused_by_name(bulletin: ServiceUnderTest) -> None:
    for key in ("", "x" * 201):
        answer = await bulletin.http.post(
            "/api/bulletins", json={"title": "Tram"}, headers={**bulletin.someone(), "Idempotency-Key": key}
        )
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith("Idempotency-Key:")
