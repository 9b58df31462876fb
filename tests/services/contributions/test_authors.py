"""Several authors: invited by a link, accepting, in order, leaving; never none."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.contributions.commands import authors as commands
from services.contributions.commands.authors import MOST_OPEN
from services.contributions.schemas.authors import MOST_AUTHORS
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.services.contributions.writing import create, move
from tests.support.service import QueryCounter, ServiceUnderTest

Headers = dict[str, str]
LINKS = "/api/contributions/invitations"


async def invite(service: ServiceUnderTest, who: Headers, entity: dict[str, Any], note: str = "") -> str:
    answer = await service.http.post(f"/api/contributions/{entity['id']}/invitations", json={"note": note}, headers=who)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["secret"])


async def accept(service: ServiceUnderTest, who: Headers, secret: str) -> httpx.Response:
    return await service.http.post(f"{LINKS}/acceptances", json={"secret": secret}, headers=who)


async def leave(service: ServiceUnderTest, who: Headers, entity: dict[str, Any], person: object) -> httpx.Response:
    return await service.http.delete(
        f"/api/contributions/{entity['id']}/authors/{person}", headers={**who, "If-Match": f'"{entity["version"]}"'}
    )


def _names(entity: dict[str, Any]) -> list[str]:
    return [one["id"] for one in entity["authors"]]


async def test_a_co_author_is_invited_writes_and_leaves(service: ServiceUnderTest) -> None:
    first, second = new_id(), new_id()
    author, other = service.someone(Role.EXPERT, id=first), service.someone(id=second)
    draft = await create(service, author)
    place = f"/api/contributions/{draft['id']}"
    assert draft["authoring"] == ["invite"]
    assert (await service.http.get(place, headers=other)).status_code == 404

    secret = await invite(service, author, draft, "Pour Inès")
    seen = await service.http.post(f"{LINKS}/openings", json={"secret": secret}, headers=other)
    assert seen.status_code == 200
    assert seen.json()["title"] == draft["title"]
    assert "body" not in seen.json()
    assert (await service.http.get(place, headers=other)).status_code == 404, "a look at the link is no acceptance"

    joined = await accept(service, other, secret)
    assert joined.status_code == 200
    assert _names(joined.json()) == [str(first), str(second)]
    assert joined.json()["version"] == draft["version"], "who is writing is not disturbed"
    assert set(joined.json()["actions"]) == {"edit", "submit"}
    assert set(joined.json()["authoring"]) == {"invite", "leave"}

    # A study, by somebody who could not have begun one: what is not changed needs no right.
    edited = await service.http.patch(
        place, json={"title": "À deux", "kind": "study"}, headers={**other, "If-Match": '"1"'}
    )
    assert edited.status_code == 200, edited.text
    to_note = await service.http.patch(place, json={"kind": "note"}, headers={**other, "If-Match": '"2"'})
    assert to_note.status_code == 403
    mine = (await service.http.get("/api/contributions?state=draft", headers=other)).json()["items"]
    assert [one["id"] for one in mine] == [draft["id"]]

    turned = await service.http.put(
        f"{place}/authors", json={"authors": [str(second), str(first)]}, headers={**author, "If-Match": '"2"'}
    )
    assert _names(turned.json()) == [str(second), str(first)]
    assert (await leave(service, author, edited.json(), first)).status_code == 204
    assert (await service.http.get(place, headers=author)).status_code == 404
    alone = (await service.http.get(place, headers=other)).json()
    assert alone["authoring"] == ["invite"]
    last = await leave(service, other, alone, second)
    assert last.status_code == 409
    assert "last author" in last.json()["detail"]


async def test_a_link_is_good_for_one_person(service: ServiceUnderTest) -> None:
    author, other, third = (service.someone(Role.EXPERT, id=new_id()) for _ in range(3))
    draft = await create(service, author)
    secret = await invite(service, author, draft)
    assert (await accept(service, other, secret)).status_code == 200
    assert (await accept(service, other, secret)).status_code == 200, "the answer may have been lost"
    assert (await accept(service, third, secret)).status_code == 410
    opened = await service.http.post(f"{LINKS}/openings", json={"secret": secret}, headers=third)
    assert opened.status_code == 410
    assert draft["title"] not in opened.text


async def test_who_left_does_not_come_back_by_the_same_link(service: ServiceUnderTest) -> None:
    id = new_id()
    author, other = service.someone(Role.EXPERT), service.someone(id=id)
    draft = await create(service, author)
    secret = await invite(service, author, draft)
    assert (await accept(service, other, secret)).status_code == 200
    assert (await leave(service, other, draft, id)).status_code == 204
    assert (await accept(service, other, secret)).status_code == 410
    opened = await service.http.post(f"{LINKS}/openings", json={"secret": secret}, headers=other)
    assert opened.status_code == 410


async def test_only_a_digest_is_kept_and_what_was_written_on_it_goes(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author)
    secret = await invite(service, author, draft, "Pour Inès Caron")
    async with service.database.transaction() as session:
        kept = str((await session.execute(text("SELECT * FROM invitation"))).all())
    assert "Inès" in kept
    assert secret not in kept
    await accept(service, service.someone(), secret)
    async with service.database.transaction() as session:
        assert "Inès" not in str((await session.execute(text("SELECT * FROM invitation"))).all())


async def test_an_invitation_is_taken_back_or_runs_out(service: ServiceUnderTest) -> None:
    author, other = service.someone(Role.EXPERT), service.someone()
    draft = await create(service, author)
    place = f"/api/contributions/{draft['id']}/invitations"
    secrets = [await invite(service, author, draft, note) for note in ("Ada", "Inès")]
    found = (await service.http.get(place, headers=author)).json()["items"]
    assert [one["note"] for one in found] == ["Ada", "Inès"]
    assert "secret" not in str(found)
    back = await service.http.post(f"{place}/{found[0]['id']}/withdrawal", headers=author)
    assert back.status_code == 204
    assert (await accept(service, other, secrets[0])).status_code == 410
    async with service.database.transaction() as session:
        await session.execute(text("UPDATE invitation SET expires_at = now() - interval '1 second'"))
    assert (await accept(service, other, secrets[1])).status_code == 410
    assert (await service.http.get(place, headers=author)).json()["items"] == []
    await invite(service, author, draft)
    async with service.database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM invitation"))).scalar_one() == 1, "and is forgotten"


async def test_there_are_never_many_invitations_nor_authors(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author)
    secrets = [await invite(service, author, draft) for _ in range(MOST_OPEN)]
    place = f"/api/contributions/{draft['id']}/invitations"
    refused = await service.http.post(place, json={}, headers=author)
    assert refused.status_code == 409
    with QueryCounter(service.database) as counter:
        assert len((await service.http.get(place, headers=author)).json()["items"]) == MOST_OPEN
    assert counter.count == 3
    async with service.database.transaction() as session:
        await session.execute(
            text(
                "UPDATE contribution SET authors = authors || (SELECT array_agg(gen_random_uuid())"
                " FROM generate_series(1, :many))"
            ),
            {"many": MOST_AUTHORS - 2},
        )
    assert (await accept(service, service.someone(), secrets[0])).status_code == 200
    assert (await accept(service, service.someone(), secrets[1])).status_code == 409


@pytest.mark.parametrize("role", [None, *Role])
async def test_strangers_of_each_role_say_nothing_about_authors(service: ServiceUnderTest, role: Role | None) -> None:
    author = service.someone(Role.EXPERT)
    who = service.someone(role) if role else {}
    editor = role in (Role.EDITOR, Role.ADMIN)
    draft = await create(service, author)
    secret = await invite(service, author, draft)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    for entity, otherwise in ((draft, 404), (submitted, 403 if editor else 404)):
        place = f"/api/contributions/{entity['id']}"
        match = {**who, "If-Match": "*"}
        ids = _names(entity)
        answers = [
            await service.http.get(f"{place}/invitations", headers=who),
            await service.http.post(f"{place}/invitations", json={}, headers=who),
            await service.http.post(f"{place}/invitations/{new_id()}/withdrawal", headers=who),
            await service.http.put(f"{place}/authors", json={"authors": ids}, headers=match),
            await service.http.delete(f"{place}/authors/{ids[0]}", headers=match),
        ]
        expected = [401] * 5 if role is None else [404, *[otherwise] * 4]
        assert [one.status_code for one in answers] == expected, (role, entity["state"])
    opened = await service.http.post(f"{LINKS}/openings", json={"secret": secret}, headers=who)
    assert opened.status_code == (401 if role is None else 200), "the link is the right"


async def test_nobody_is_sent_away_and_nobody_is_added_by_ordering(service: ServiceUnderTest) -> None:
    first, second = new_id(), new_id()
    author, other = service.someone(Role.EXPERT, id=first), service.someone(id=second)
    draft = await create(service, author)
    await accept(service, other, await invite(service, author, draft))
    assert (await leave(service, author, draft, second)).status_code == 403
    place = f"/api/contributions/{draft['id']}/authors"
    for ids in ([first], [first, second, new_id()], [first, first], [first, new_id()]):
        answer = await service.http.put(
            place, json={"authors": [str(one) for one in ids]}, headers={**author, "If-Match": "*"}
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "authors")


async def test_readers_know_the_authors_of_what_is_published(service: ServiceUnderTest) -> None:
    first, second = new_id(), new_id()
    author, other = service.someone(Role.EXPERT, id=first), service.someone(id=second)
    draft = await create(service, author)
    late = await invite(service, author, draft)
    await accept(service, other, await invite(service, author, draft))
    submitted = (await move(service, other, draft, "submit")).json()
    published = (await move(service, service.someone(Role.EDITOR), submitted, "publish")).json()
    for query in ("", f"?author={first}", f"?author={second}"):
        (item,) = (await service.http.get(f"/api/contributions{query}")).json()["items"]
        assert _names(item) == [str(first), str(second)]
    assert (await accept(service, service.someone(), late)).status_code == 409
    refused = await service.http.put(
        f"/api/contributions/{draft['id']}/authors",
        json={"authors": [str(second), str(first)]},
        headers={**author, "If-Match": "*"},
    )
    assert refused.status_code == 409
    assert (await leave(service, other, published, second)).status_code == 204
    async with service.database.transaction() as session:
        told = await session.execute(
            text("SELECT convert_from(payload, 'utf8')::jsonb -> 'authors' FROM outbox WHERE key = :key ORDER BY seq"),
            {"key": draft["id"]},
        )
        assert told.scalars().all() == [[str(first), str(second)], [str(first)]]
    seen = (await service.http.get(f"/api/contributions/{draft['id']}")).json()
    assert (_names(seen), seen["version"]) == ([str(first)], published["version"] + 1)


async def test_nobody_joins_what_is_published_or_withdrawn(service: ServiceUnderTest) -> None:
    author, other = service.someone(Role.EXPERT), service.someone()
    draft = await create(service, author)
    secret = await invite(service, author, draft)
    submitted = (await move(service, author, draft, "submit")).json()
    published = (await move(service, service.someone(Role.EDITOR), submitted, "publish")).json()
    assert (await accept(service, other, secret)).status_code == 409
    opened = await service.http.post(f"{LINKS}/openings", json={"secret": secret}, headers=other)
    assert opened.status_code == 410
    assert (
        await service.http.post(f"/api/contributions/{draft['id']}/invitations", json={}, headers=author)
    ).status_code == 409
    await move(service, author, published, "withdraw", "Erreur.")
    assert (await accept(service, other, secret)).status_code == 409


async def test_two_last_authors_who_leave_at_once_do_not_leave_it_to_nobody(service: ServiceUnderTest) -> None:
    for _ in range(6):
        ids = [new_id(), new_id()]
        people = [service.someone(Role.EXPERT, id=id) for id in ids]
        draft = await create(service, people[0])
        await accept(service, people[1], await invite(service, people[0], draft))
        answers = await asyncio.gather(*(leave(service, who, draft, id) for who, id in zip(people, ids, strict=True)))
        assert sorted(one.status_code for one in answers) == [204, 409]


async def test_control_without_the_lock_both_leave(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is one: who reads without locking sees an author who is leaving."""
    met = asyncio.Barrier(2)

    async def read_together(session: Any, entity: Any, id: Any) -> Any:
        found = await session.get(entity, id)
        await met.wait()
        return found

    ids = [new_id(), new_id()]
    people = [service.someone(Role.EXPERT, id=id) for id in ids]
    draft = await create(service, people[0])
    await accept(service, people[1], await invite(service, people[0], draft))
    monkeypatch.setattr(commands, "lock", read_together)
    answers = await asyncio.gather(*(leave(service, who, draft, id) for who, id in zip(people, ids, strict=True)))
    assert [one.status_code for one in answers] == [204, 204]


async def test_a_link_followed_by_two_at_once_lets_one_in(service: ServiceUnderTest) -> None:
    for _ in range(6):
        author = service.someone(Role.EXPERT)
        draft = await create(service, author)
        secret = await invite(service, author, draft)
        answers = await asyncio.gather(*(accept(service, service.someone(), secret) for _ in range(3)))
        assert sorted(one.status_code for one in answers) == [200, 410, 410]
