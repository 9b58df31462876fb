"""A request is one transaction, committed before it is answered: a commit that fails is a failed request."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import event

from shared.storage.database import Database, DatabaseAddress
from tests.http.kept import NOTHING, Kept, kept
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest


async def test_a_request_that_succeeds_is_kept_and_told(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post("/api/bulletins", json={"title": "Tram"}, headers=bulletin.someone())

    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=0)


async def test_a_deferred_constraint_that_fails_at_commit_fails_the_request(bulletin: ServiceUnderTest) -> None:
    someone = bulletin.someone()
    first = await bulletin.http.post("/api/bulletins", json={"title": "first", "place": 1}, headers=someone)
    assert first.status_code == 201

    second = await bulletin.http.post(
        "/api/bulletins", json={"title": "second", "place": 1}, headers={**someone, "Idempotency-Key": "k"}
    )

    assert second.status_code == 409
    assert second.json()["type"] == "urn:demain:problem:conflict"
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=0)


@pytest.mark.parametrize(
    ("sqlstate", "status", "retry"),
    [("P0001", 500, None), ("23514", 500, None), ("40001", 503, "1"), ("40P01", 503, "1"), ("53200", 503, "1")],
)
async def test_an_error_at_commit_is_the_answer(
    bulletin: ServiceUnderTest, sqlstate: str, status: int, retry: str | None
) -> None:
    answer = await bulletin.http.post(
        "/api/bulletins",
        json={"title": f"at commit: {sqlstate}"},
        headers={**bulletin.someone(), "Idempotency-Key": "k"},
    )

    assert answer.status_code == status
    assert answer.headers.get("retry-after") == retry
    assert answer.headers["content-type"] == "application/problem+json"
    assert await kept(bulletin) == NOTHING


async def test_control_without_function_scope_a_failed_commit_is_answered_200(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post(
        "/api/bulletins/too-late", json={"title": "at commit: 40001"}, headers=bulletin.someone()
    )

    assert answer.status_code == 200, "if this fails, FastAPI commits before answering anyway: the rule can go"
    assert await kept(bulletin) == NOTHING


async def test_a_raised_problem_rolls_back(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post(
        "/api/bulletins/raised", json={"title": "x"}, headers={**bulletin.someone(), "Idempotency-Key": "k"}
    )

    assert answer.status_code == 409
    assert await kept(bulletin) == NOTHING


async def test_control_a_returned_error_commits(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post("/api/bulletins/returned", json={"title": "x"}, headers=bulletin.someone())

    assert answer.status_code == 409
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=0), "which is why errors are raised"


async def test_a_listed_constraint_has_its_type_and_an_unlisted_one_is_our_mistake(bulletin: ServiceUnderTest) -> None:
    someone = bulletin.someone()
    await bulletin.http.post("/api/bulletins", json={"title": "first", "slug": "same"}, headers=someone)

    listed = await bulletin.http.post("/api/bulletins", json={"title": "second", "slug": "same"}, headers=someone)
    unlisted = await bulletin.http.post("/api/bulletins", json={"title": "none", "pages": 0}, headers=someone)

    assert (listed.status_code, listed.json()["type"]) == (409, "urn:demain:problem:conflict")
    assert (unlisted.status_code, unlisted.json()["type"]) == (500, "urn:demain:problem:internal")
    assert "ck_bulletin_pages" not in unlisted.text
    assert await kept(bulletin) == Kept(bulletins=1, told=1, keys=0)


async def test_a_message_that_is_too_large_names_the_field_and_keeps_nothing(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post(
        "/api/bulletins/long", json={"title": "long", "body": "x" * 900_001}, headers=bulletin.someone()
    )

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]
    assert await kept(bulletin) == NOTHING


async def test_a_cut_connection_in_the_middle_is_503_and_the_pool_recovers(bulletin: ServiceUnderTest) -> None:
    """Every pooled connection dies while idle, as when the database restarts."""
    someone = bulletin.someone()
    await bulletin.http.post("/api/bulletins", json={"title": "before"}, headers=someone)
    control = await bulletin.database.connect()
    await control.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bulletin'"
        " AND datname = current_database()"
    )
    await control.close()

    answers = [await bulletin.http.post("/api/bulletins", json={"title": "after"}, headers=someone) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 201]
    assert answers[0].headers["retry-after"] == "1"
    assert (await kept(bulletin)).bulletins == 2


@pytest.mark.parametrize("where", ["postgresql://x@127.0.0.1:1/x", "postgresql://x@/x?host=/nonexistent"])
async def test_a_database_that_is_away_is_503(bulletin: ServiceUnderTest, where: str) -> None:
    """Refused over TCP, and over a socket whose file is gone."""
    bulletin.resources.database = Database("bulletin", DatabaseAddress.of(where))

    await _is_unavailable(bulletin)


async def test_a_database_that_lets_nobody_in_is_503(server: TestServer, bulletin: ServiceUnderTest) -> None:
    await bulletin.database.engine.dispose()
    name = bulletin.database.address.name
    await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        await _is_unavailable(bulletin)
    finally:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


async def test_a_connection_cut_while_it_is_prepared_is_503(bulletin: ServiceUnderTest) -> None:
    """SQLAlchemy hands on what asyncpg raises there."""

    def cut(*_: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    await bulletin.database.engine.dispose()
    event.listen(bulletin.database.engine.sync_engine, "connect", cut)

    await _is_unavailable(bulletin)


async def _is_unavailable(bulletin: ServiceUnderTest) -> None:
    answer = await bulletin.http.post("/api/bulletins", json={"title": "x"}, headers=bulletin.someone())

    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert answer.json()["type"] == "urn:demain:problem:unavailable"
