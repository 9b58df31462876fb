"""From draft to withdrawn over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from shared.auth.principal import Role
from tests.services.contributions.writing import DRAFT, create, move, publish, send_back
from tests.support.service import ServiceUnderTest


async def test_a_draft_is_created_whole_with_its_etag(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    answer = await service.http.post("/api/contributions", json=DRAFT, headers=author)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/contributions/{body['id']}"
    assert body["state"] == "draft"
    assert body["version"] == 1
    assert '<h2 id="section-methode">Méthode</h2>' in body["body_html"]
    assert body["url"].endswith("/chauffer-un-quartier-avec-l-eau-de-son-metro")
    assert set(body["actions"]) == {"edit", "submit"}


@pytest.mark.parametrize("field", ["themes", "territories"])
async def test_a_label_that_cannot_be_stored_names_its_field(service: ServiceUnderTest, field: str) -> None:
    answer = await service.http.post(
        "/api/contributions", json={**DRAFT, field: ["energy", "\x00"]}, headers=service.someone(Role.EXPERT)
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"{field}.1"]


async def test_it_is_published_read_and_withdrawn(service: ServiceUnderTest) -> None:
    published = await publish(service)
    seen = await service.http.get(f"/api/contributions/{published['id']}")
    assert seen.status_code == 200
    assert seen.json()["actions"] == []

    withdrawn = await move(service, service.someone(Role.EDITOR), published, "withdraw", "Données erronées.")
    assert withdrawn.status_code == 200
    gone = await service.http.get(f"/api/contributions/{published['id']}")
    assert gone.status_code == 410
    assert gone.json()["reason"] == "Données erronées."
    assert gone.headers["content-type"] == "application/problem+json"
    history = (await service.http.get(f"/api/contributions/{published['id']}/transitions")).json()["items"]
    assert [step["action"] for step in history] == ["publish", "withdraw"]


async def test_each_state_the_public_sees_is_told_once_in_order(service: ServiceUnderTest) -> None:
    published = await publish(service)
    await move(service, service.someone(Role.EDITOR), published, "withdraw", "Doublon.")
    async with service.database.transaction() as session:
        told = (
            await session.execute(
                text("SELECT type, ordinal, payload FROM outbox WHERE key = :key ORDER BY seq"),
                {"key": published["id"]},
            )
        ).all()
    assert [(row.type.rpartition(".")[2], row.ordinal) for row in told] == [
        ("ContributionPublished", 1),
        ("ContributionWithdrawn", 2),
    ]
    assert b"quartier" not in bytes(told[1].payload)


async def test_a_submission_needs_summary_body_and_theme(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author, summary="", body="", themes=[])
    answer = await move(service, author, draft, "submit")
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"summary", "body", "themes"}


async def test_returning_and_withdrawing_need_a_reason(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    assert (await move(service, editor, submitted, "return", "  ")).json()["errors"][0]["field"] == "reason"
    returned = await move(service, editor, submitted, "return", "Citez vos sources.")
    assert returned.json()["state"] == "changes_requested"


async def test_changes_are_requested_made_and_submitted_again(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    returned = await send_back(service, author, "Citez vos sources.")
    place = f"/api/contributions/{returned['id']}"
    seen = (await service.http.get(place, headers=author)).json()
    assert (seen["state"], seen["submitted_at"], set(seen["actions"])) == (
        "changes_requested",
        None,
        {"edit", "submit"},
    )
    by_editor = (await service.http.get(place, headers=editor)).json()
    assert by_editor["actions"] == []
    match = {"If-Match": f'"{returned["version"]}"'}
    refused = await service.http.patch(place, json={"title": "Autre"}, headers={**editor, **match})
    assert refused.status_code == 403
    # Half done is kept; only submitting needs it whole.
    half = await service.http.patch(place, json={"summary": ""}, headers={**author, **match})
    assert half.status_code == 200
    assert (await move(service, author, half.json(), "submit")).status_code == 422
    whole = await service.http.patch(place, json={"summary": "Sourcé."}, headers={**author, "If-Match": "*"})
    again = await move(service, author, whole.json(), "submit")
    assert again.json()["state"] == "submitted"
    history = (await service.http.get(f"{place}/transitions", headers=author)).json()["items"]
    assert [(step["action"], step["after"], step["reason"]) for step in history] == [
        ("submit", "submitted", None),
        ("return", "changes_requested", "Citez vos sources."),
        ("submit", "submitted", None),
    ]
    twice = await move(service, editor, again.json(), "return", "Encore.")
    assert twice.json()["state"] == "changes_requested"


async def test_a_stale_version_is_412_and_a_missing_one_428(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author)
    place = f"/api/contributions/{draft['id']}"
    first = await service.http.patch(place, json={"title": "Un"}, headers={**author, "If-Match": '"1"'})
    assert first.status_code == 200
    assert first.headers["etag"] == '"2"'
    stale = await service.http.patch(place, json={"title": "Deux"}, headers={**author, "If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.headers["etag"] == '"2"'
    missing = await service.http.patch(place, json={"title": "Deux"}, headers=author)
    assert missing.status_code == 428
    assert "If-Match" in missing.json()["detail"]


async def test_the_same_idempotency_key_creates_once(service: ServiceUnderTest) -> None:
    author = {**service.someone(Role.EXPERT), "Idempotency-Key": "clé-1".encode().hex()}
    first, second = await asyncio.gather(
        *(service.http.post("/api/contributions", json=DRAFT, headers=author) for _ in range(2))
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["etag"] == second.headers["etag"]
    assert {first.headers.get("idempotent-replayed"), second.headers.get("idempotent-replayed")} == {None, "true"}
    other = await service.http.post("/api/contributions", json={**DRAFT, "title": "Autre"}, headers=author)
    assert other.status_code == 422
    without = {name: value for name, value in author.items() if name != "Idempotency-Key"}
    third = await service.http.post("/api/contributions", json=DRAFT, headers=without)
    assert third.json()["id"] != first.json()["id"]


async def test_two_transitions_at_once_one_wins(service: ServiceUnderTest) -> None:
    for _ in range(10):
        author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
        submitted = (await move(service, author, await create(service, author), "submit")).json()
        answers = await asyncio.gather(
            move(service, editor, submitted, "publish"), move(service, author, submitted, "recall")
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes[0] == 200
        assert codes[1] in {409, 412}


async def test_unknown_labels_and_fields_are_named(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    answer = await service.http.post(
        "/api/contributions", json={**DRAFT, "themes": ["energy", "magie"]}, headers=author
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "themes"
    assert "magie" in answer.json()["errors"][0]["message"]
    misspelt = await service.http.post("/api/contributions", json={**DRAFT, "titel": "x"}, headers=author)
    assert misspelt.json()["errors"][0]["field"] == "titel"
