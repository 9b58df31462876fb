"""Translations of one another: symmetric, one for each language, linked by whoever answers for both."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from shared.auth.principal import Role
from tests.services.contributions.writing import create, move, publish
from tests.support.service import QueryCounter, ServiceUnderTest


async def link(service: ServiceUnderTest, who: dict[str, str], one: dict[str, Any], other: Any) -> httpx.Response:
    return await service.http.put(
        f"/api/contributions/{one['id']}/translations",
        json={"contribution": other["id"] if isinstance(other, dict) else str(other)},
        headers={**who, "If-Match": "*"},
    )


async def seen(service: ServiceUnderTest, one: dict[str, Any], who: dict[str, str] | None = None) -> list[str]:
    answer = await service.http.get(f"/api/contributions/{one['id']}", headers=who or {})
    return [found["id"] for found in answer.json()["translations"]]


async def test_two_texts_lead_to_each_other_until_they_are_unlinked(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    french = await publish(service, author)
    english = await publish(service, author, language="en", title="Heating with a metro")
    done = await link(service, author, french, english)
    assert done.status_code == 200
    (told,) = done.json()["translations"]
    assert told == {
        "id": english["id"],
        "language": "en",
        "title": "Heating with a metro",
        "url": english["url"],
    }
    assert (await seen(service, french), await seen(service, english)) == ([english["id"]], [french["id"]])
    assert (await link(service, author, english, french)).status_code == 200
    with QueryCounter(service.database) as counter:
        await seen(service, french)
    assert counter.count == 3
    undone = await service.http.delete(
        f"/api/contributions/{english['id']}/translations", headers={**author, "If-Match": "*"}
    )
    assert undone.json()["translations"] == []
    assert (await seen(service, french), await seen(service, english)) == ([], [])
    # Either side may be linked anew, though each is left with a group of its own.
    third = await publish(service, author, language="en", title="Another")
    assert (await link(service, author, third, french)).status_code == 200
    assert await seen(service, french) == [third["id"]]


async def test_a_language_has_one_translation(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    french = await publish(service, author)
    first, second = [await publish(service, author, language="en") for _ in range(2)]
    assert (await link(service, author, french, first)).status_code == 200
    refused = await link(service, author, french, second)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:demain:problem:translated")
    refused = await link(service, author, second, french)
    assert refused.status_code == 409
    same = await link(service, author, first, second)
    assert (same.status_code, same.json()["errors"][0]["field"]) == (422, "contribution")
    other_french = await publish(service, author)
    assert (await link(service, author, other_french, second)).status_code == 200
    refused = await link(service, author, french, second)
    assert refused.status_code == 409, "both have translations"
    back = await service.http.patch(
        f"/api/contributions/{second['id']}",
        json={"language": "fr", "reason": "La langue était fausse."},
        headers={**service.someone(Role.EDITOR), "If-Match": "*"},
    )
    assert (back.status_code, back.json()["type"]) == (409, "urn:demain:problem:translated")


async def test_what_one_may_not_read_is_not_named(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    french = await publish(service, author)
    english = await create(service, author, language="en")
    assert (await link(service, author, french, english)).status_code == 200
    assert await seen(service, french) == []
    assert await seen(service, french, service.someone(Role.EDITOR)) == []
    assert await seen(service, french, author) == [english["id"]]
    submitted = (await move(service, author, english, "submit")).json()
    editor = service.someone(Role.EDITOR)
    assert await seen(service, french, editor) == [english["id"]]
    published = (await move(service, editor, submitted, "publish")).json()
    assert await seen(service, french) == [english["id"]]
    await move(service, editor, published, "withdraw", "Erreur.")
    assert await seen(service, french) == []
    assert await seen(service, french, editor) == []


@pytest.mark.parametrize("role", [None, *Role])
async def test_strangers_of_each_role(service: ServiceUnderTest, role: Role | None) -> None:
    author, who = service.someone(Role.EXPERT), service.someone(role) if role else {}
    editor = role in (Role.EDITOR, Role.ADMIN)
    french, english = await publish(service, author), await publish(service, author, language="en")
    own = None if role is None else await create(service, who, kind="idea", language="en")
    draft = await create(service, author, language="en")
    assert (await link(service, who, french, english)).status_code == (401 if role is None else 200 if editor else 404)
    if own is not None:
        # Nobody makes a text of another's a translation of their own.
        assert (await link(service, who, own, french)).status_code == (409 if editor else 422)
        assert (await link(service, who, own, draft)).status_code == 422
    undone = await service.http.delete(
        f"/api/contributions/{french['id']}/translations", headers={**who, "If-Match": "*"}
    )
    assert undone.status_code == (401 if role is None else 200 if editor else 404)


async def test_linking_needs_a_version_and_another_text(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    french = await create(service, author)
    place = f"/api/contributions/{french['id']}/translations"
    asked = {"contribution": french["id"]}
    assert (await service.http.put(place, json=asked, headers=author)).status_code == 428
    stale = await service.http.put(
        place,
        json={"contribution": (await create(service, author, language="en"))["id"]},
        headers={**author, "If-Match": '"9"'},
    )
    assert stale.status_code == 412
    assert (await link(service, author, french, french)).status_code == 422
    assert (await link(service, author, french, "00000000-0000-0000-0000-000000000000")).status_code == 422


async def test_linked_from_both_sides_at_once_they_have_one_group(service: ServiceUnderTest) -> None:
    for _ in range(6):
        author = service.someone(Role.EXPERT)
        french, english = await create(service, author), await create(service, author, language="en")
        answers = await asyncio.gather(link(service, author, french, english), link(service, author, english, french))
        assert [one.status_code for one in answers] == [200, 200]
        assert await seen(service, french, author) == [english["id"]]


async def test_two_translations_linked_at_once_one_wins(service: ServiceUnderTest) -> None:
    for _ in range(6):
        author = service.someone(Role.EXPERT)
        french = await create(service, author)
        rivals = [await create(service, author, language="en") for _ in range(2)]
        answers = await asyncio.gather(*(link(service, author, one, french) for one in rivals))
        assert sorted(one.status_code for one in answers) == [200, 409]
        assert len(await seen(service, french, author)) == 1
