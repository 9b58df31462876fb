"""Revisions over HTTP: kept when they should be, never changed, shown to whom they concern."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from shared.auth.principal import Role
from tests.services.contributions.writing import create, move, publish, send_back
from tests.support.service import QueryCounter, ServiceUnderTest


async def _edit(service: ServiceUnderTest, who: dict[str, str], entity: dict[str, Any], **changes: Any) -> Any:
    answer = await service.http.patch(
        f"/api/contributions/{entity['id']}", json=changes, headers={**who, "If-Match": f'"{entity["version"]}"'}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _numbers(service: ServiceUnderTest, id: str, who: dict[str, str]) -> list[tuple[int, str]]:
    answer = await service.http.get(f"/api/contributions/{id}/revisions", headers=who)
    assert answer.status_code == 200, answer.text
    return [(one["number"], one["occasion"]) for one in answer.json()["items"]]


async def test_a_revision_is_kept_at_each_submission_publication_and_correction(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    returned = await send_back(service, author)
    edited = await _edit(service, author, returned, body="Repris, avec sources.")
    again = (await move(service, author, edited, "submit")).json()
    published = (await move(service, editor, again, "publish")).json()
    corrected = await _edit(
        service, editor, published, body="Repris, avec deux sources.", reason="Une source manquait."
    )
    assert corrected["corrected_at"] is not None
    inside = [(4, "corrected"), (3, "published"), (2, "submitted"), (1, "submitted")]
    assert await _numbers(service, published["id"], author) == inside
    assert await _numbers(service, published["id"], editor) == inside
    assert await _numbers(service, published["id"], {}) == inside[:2]
    assert await _numbers(service, published["id"], service.someone(Role.EXPERT)) == inside[:2]

    place = f"/api/contributions/{published['id']}/revisions"
    first = (await service.http.get(f"{place}/1", headers=author)).json()
    assert first["body"] != "Repris, avec sources."
    assert first["by"]["id"] == returned["authors"][0]["id"]
    last = (await service.http.get(f"{place}/4")).json()
    assert (last["body"], last["reason"], last["by"]) == (
        "Repris, avec deux sources.",
        "Une source manquait.",
        None,
    )
    assert (await service.http.get(f"{place}/1")).status_code == 404
    assert (await service.http.get(f"{place}/9", headers=author)).status_code == 404

    diff = (await service.http.get(f"{place}/3/diff/4")).json()
    assert diff["text"] == [{"kind": "changed", "html": "Repris, avec <ins>deux </ins>sources."}]
    assert {one["kind"] for one in diff["title"]} == {"same"}
    back = (await service.http.get(f"{place}/4/diff/3")).json()
    assert back["text"] == [{"kind": "changed", "html": "Repris, avec <del>deux </del>sources."}]
    assert (await service.http.get(f"{place}/1/diff/4")).status_code == 404
    assert (await service.http.get(f"{place}/1/diff/4", headers=author)).status_code == 200


async def test_markup_is_not_a_change(service: ServiceUnderTest) -> None:
    editor = service.someone(Role.EDITOR)
    published = await publish(service, body="De **l’énergie** partout.")
    await _edit(service, editor, published, body="De *l’énergie* partout.", reason="Moins fort.")
    diff = await service.http.get(f"/api/contributions/{published['id']}/revisions/2/diff/3")
    assert {one["kind"] for one in diff.json()["text"]} == {"same"}


async def test_what_is_not_public_has_no_public_revisions(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    place = f"/api/contributions/{submitted['id']}/revisions"
    for path in (place, f"{place}/1", f"{place}/1/diff/1"):
        assert (await service.http.get(path)).status_code == 404
        assert (await service.http.get(path, headers=editor)).status_code == 200
    await move(service, author, submitted, "recall")
    for path in (place, f"{place}/1", f"{place}/1/diff/1"):
        assert (await service.http.get(path, headers=editor)).status_code == 404
    published = await publish(service, author)
    await move(service, editor, published, "withdraw", "Données fausses.")
    for path in ("", "/2", "/2/diff/2"):
        answer = await service.http.get(f"/api/contributions/{published['id']}/revisions{path}")
        assert (answer.status_code, answer.json()["reason"]) == (410, "Données fausses.")
        known = await service.http.get(f"/api/contributions/{published['id']}/revisions{path}", headers=author)
        assert known.status_code == 200


async def test_a_correction_needs_a_reason_and_nothing_else_takes_one(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    published = await publish(service, author)
    place, match = f"/api/contributions/{published['id']}", {"If-Match": "*"}
    for reason in (None, "", "  "):
        answer = await service.http.patch(place, json={"title": "Autre", "reason": reason}, headers={**editor, **match})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    draft = await create(service, author)
    answer = await service.http.patch(
        f"/api/contributions/{draft['id']}",
        json={"title": "Autre", "reason": "Pour rien."},
        headers={**author, **match},
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert await _numbers(service, published["id"], {}) == [(2, "published")]


async def test_a_correction_is_told_as_any_change(service: ServiceUnderTest) -> None:
    published = await publish(service)
    await _edit(service, service.someone(Role.EDITOR), published, body="Le corps corrigé.", reason="Coquille.")
    async with service.database.transaction() as session:
        told = await session.execute(
            text("SELECT ordinal, payload FROM outbox WHERE key = :key ORDER BY seq"), {"key": published["id"]}
        )
        rows = told.all()
    assert [row.ordinal for row in rows] == [1, 2]
    assert "Le corps corrigé." in bytes(rows[1].payload).decode()


async def test_corrections_at_once_leave_no_gap_and_no_double(service: ServiceUnderTest) -> None:
    editor, published = service.someone(Role.EDITOR), await publish(service)
    answers = await asyncio.gather(
        *(
            service.http.patch(
                f"/api/contributions/{published['id']}",
                json={"body": f"Corps {n}.", "reason": f"Raison {n}."},
                headers={**editor, "If-Match": "*"},
            )
            for n in range(6)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert [number for number, _ in await _numbers(service, published["id"], editor)] == [8, 7, 6, 5, 4, 3, 2, 1]


async def _correct_often(service: ServiceUnderTest, many: int) -> dict[str, Any]:
    published = await publish(service)
    for n in range(many):
        published = await _edit(service, service.someone(Role.EDITOR), published, body=f"Corps {n}.", reason="Encore.")
    return published


async def test_pages_of_revisions_show_each_once(service: ServiceUnderTest) -> None:
    published = await _correct_often(service, 5)
    found: list[int] = []
    url: str | None = f"/api/contributions/{published['id']}/revisions?limit=2"
    while url is not None:
        answer = await service.http.get(url)
        found += [one["number"] for one in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == [7, 6, 5, 4, 3, 2]
    for cursor in ("x", "WyJhIl0", "bnVsbA", "W3RydWVd", "Wzk5OTk5OTk5OTk5OTk5OTldIA", "Wy0xXQ"):
        bad = await service.http.get(f"/api/contributions/{published['id']}/revisions", params={"cursor": cursor})
        assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(("part", "most"), [("", 3), ("/2", 3), ("/2/diff/2", 3)])
async def test_revisions_ask_as_often_for_many_as_for_few(service: ServiceUnderTest, part: str, most: int) -> None:
    editor, counts = service.someone(Role.EDITOR), []
    for many in (1, 4):
        published = await _correct_often(service, many)
        with QueryCounter(service.database) as counter:
            answer = await service.http.get(f"/api/contributions/{published['id']}/revisions{part}", headers=editor)
            assert answer.status_code == 200
        counts.append(counter.count)
    assert counts[0] == counts[1] <= most


async def test_two_texts_are_compared_without_being_kept(service: ServiceUnderTest) -> None:
    texts = {
        "before": {"title": "Un", "body": "Une <b>rue</b> calme."},
        "after": {"title": "Un", "body": "Une rue vive."},
    }
    answer = await service.http.post(
        "/api/contributions/comparisons", json=texts, headers=service.someone(Role.CITIZEN)
    )
    assert answer.status_code == 200
    assert answer.json()["text"] == [{"kind": "changed", "html": "Une rue <del>calme</del><ins>vive</ins>."}]
    assert answer.json()["summary"] == []
