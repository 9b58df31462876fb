"""Comments on passages and assignments: for authors and editors alone, found again in a text that changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contributions.anchoring import find
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.services.contributions.writing import create, move, publish, send_back
from tests.support.service import QueryCounter, ServiceUnderTest

TEXTS = st.text("ab é\n", max_size=40)


@given(TEXTS, TEXTS.filter(lambda text: bool(text.strip())), TEXTS)
def test_a_passage_is_found_where_it_was(before: str, exact: str, after: str) -> None:
    text = before + exact + after
    place = find(text, exact, before, after)
    assert place is not None
    assert "".join(text[slice(*place)].split()) == "".join(exact.split())
    assert len("".join(text[: place[0]].split())) == len("".join(before.split()))


@given(TEXTS, TEXTS, st.text("xy", min_size=1, max_size=9), TEXTS)
def test_it_is_found_again_after_changes_elsewhere(before: str, added: str, exact: str, after: str) -> None:
    place = find(before + added + exact + added + after, exact, before, after)
    assert place == (len(before + added), len(before + added + exact))


@given(TEXTS, st.text("xy", min_size=1, max_size=9))
def test_what_is_not_there_any_more_is_not_found(text: str, exact: str) -> None:
    assert find(text, exact) is None


def test_of_several_places_the_surroundings_decide() -> None:
    text = "La rue monte. La rue descend. La rue tourne."
    assert find(text, "La rue", "monte.", " descend") == (14, 20)
    assert find(text, "rue", "descend. La ", "") == (33, 36)
    assert find(text, "La\u202frue\ntourne", "", "") == (30, 43)


async def _say(service: ServiceUnderTest, who: dict[str, str], id: str, **said: Any) -> httpx.Response:
    return await service.http.post(f"/api/contributions/{id}/comments", json=said, headers=who)


async def _submitted(service: ServiceUnderTest, author: dict[str, str]) -> dict[str, Any]:
    return dict((await move(service, author, await create(service, author), "submit")).json())


async def test_a_comment_follows_its_passage_and_says_when_it_changed(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    it = await _submitted(service, author)
    made = await _say(service, editor, it["id"], body="Laquelle ?", exact="l’énergie", prefix="De ", suffix=" et")
    assert made.status_code == 201
    comment = made.json()
    assert comment["start"] is not None
    whole = (await _say(service, editor, it["id"], body="Très bien.")).json()
    assert (whole["start"], whole["exact"]) == (None, "")
    nowhere = await _say(service, editor, it["id"], body="Où ?", exact="le tramway")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "exact")
    for body in ("", "   "):
        assert (await _say(service, editor, it["id"], body=body)).json()["errors"][0]["field"] == "body"

    async def place() -> int | None:
        items = (await service.http.get(f"/api/contributions/{it['id']}/comments", headers=author)).json()["items"]
        assert [one["id"] for one in items] == [comment["id"], whole["id"]]
        start: int | None = items[0]["start"]
        return start

    returned = (await move(service, editor, it, "return", "Voir les commentaires.")).json()
    edit, match = f"/api/contributions/{it['id']}", {**author, "If-Match": "*"}
    await service.http.patch(edit, json={"body": "Un début. De **l’énergie** et du reste."}, headers=match)
    assert await place() == len("Un début. De ")
    await service.http.patch(edit, json={"body": "De la chaleur."}, headers=match)
    assert await place() is None
    assert returned["state"] == "changes_requested"

    resolution = f"/api/contributions/{it['id']}/comments/{comment['id']}/resolution"
    for who, resolved in ((author, True), (author, True), (editor, False)):
        answer = await service.http.post(resolution, json={"resolved": resolved}, headers=who)
        assert (answer.json()["resolved_at"] is not None) == resolved
    other = await _submitted(service, author)
    astray = f"/api/contributions/{other['id']}/comments/{comment['id']}/resolution"
    assert (await service.http.post(astray, json={"resolved": True}, headers=author)).status_code == 404


@pytest.mark.parametrize("role", list(Role))
async def test_comments_are_for_authors_and_editors(service: ServiceUnderTest, role: Role) -> None:
    author, who = service.someone(Role.EXPERT), service.someone(role)
    is_editor = role in {Role.EDITOR, Role.ADMIN}
    drafts = [await create(service, author)]
    others = [await _submitted(service, author), await send_back(service, author), await publish(service, author)]
    for it, seen in [*((one, False) for one in drafts), *((one, is_editor) for one in others)]:
        path = f"/api/contributions/{it['id']}/comments"
        assert (await service.http.get(path, headers=who)).status_code == (200 if seen else 404)
        assert (await _say(service, who, it["id"], body="Dit.")).status_code == (201 if seen else 404)
        assert (await service.http.get(path)).status_code == 401
        assert (await service.http.get(path, headers=author)).status_code == 200
        assert (await _say(service, author, it["id"], body="Dit.")).status_code == 403


async def test_a_review_is_assigned_until_a_day(service: ServiceUnderTest) -> None:
    author, me = service.someone(Role.EXPERT), new_id()
    editor = service.someone(Role.EDITOR, id=me)
    it = await _submitted(service, author)
    path, due = f"/api/contributions/{it['id']}/assignment", str(datetime.now(UTC).date() + timedelta(days=5))
    match = {"If-Match": f'"{it["version"]}"'}
    asked = {"editor": str(me), "due_on": due}
    assert (await service.http.put(path, json=asked, headers={**author, **match})).status_code == 403
    assert (await service.http.put(path, json=asked, headers={**service.someone(), **match})).status_code == 404
    done = (await service.http.put(path, json=asked, headers={**editor, **match})).json()
    assert (done["editor"]["id"], done["due_on"], done["version"]) == (str(me), due, it["version"])
    (listed,) = (await service.http.get("/api/contributions?state=submitted", headers=editor)).json()["items"]
    assert (listed["editor"]["id"], listed["due_on"]) == (str(me), due)
    for field, value in (("due_on", "2020-01-01"), ("due_on", "9999-12-31"), ("editor", str(new_id()))):
        answer = await service.http.put(path, json={**asked, field: value}, headers={**editor, **match})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    stale = await service.http.put(path, json=asked, headers={**editor, "If-Match": '"99"'})
    assert stale.status_code == 412
    published = (await move(service, editor, it, "publish")).json()
    assert (published["editor"], published["due_on"]) == (None, None)
    late = await service.http.put(path, json=asked, headers={**editor, "If-Match": "*"})
    assert late.status_code == 409


async def test_comments_ask_as_often_for_many_as_for_few_and_are_paged(service: ServiceUnderTest) -> None:
    author, editor, counts = service.someone(Role.EXPERT), service.someone(Role.EDITOR), []
    it = await _submitted(service, author)
    for _ in range(2):
        for n in range(3):
            await _say(service, editor, it["id"], body=f"Remarque {n}.", exact="énergie")
        with QueryCounter(service.database) as counter:
            await service.http.get(f"/api/contributions/{it['id']}/comments", headers=editor)
        counts.append(counter.count)
    assert counts[0] == counts[1] <= 3
    found: list[str] = []
    url: str | None = f"/api/contributions/{it['id']}/comments?limit=4"
    while url is not None:
        answer = await service.http.get(url, headers=editor)
        found += [one["id"] for one in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert len(set(found)) == len(found) == 6
