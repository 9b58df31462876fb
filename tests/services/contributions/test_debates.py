"""Debates: opened, edited, closed by the clock or by hand, withdrawn; seen only where what they are about is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contributions.commands.merging import move_some
from services.contributions.tables import Theme
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.services.contributions.debating import DEBATE, ahead, argue, is_over, move_debate, open_debate, told
from tests.services.contributions.writing import create, move, publish
from tests.support.service import ServiceUnderTest


async def test_a_debate_on_a_contribution_has_its_labels_and_is_told(service: ServiceUnderTest) -> None:
    study = await publish(service, themes=["energy"], territories=["lyon"])
    opener = service.someone(Role.ORGANIZER)
    debate = await open_debate(service, opener, contribution=study["id"], themes=None, territories=None)
    assert (debate["phase"], debate["themes"], debate["territories"]) == ("open", ["energy"], ["lyon"])
    assert debate["about"] == {"id": study["id"], "title": study["title"], "url": study["url"]}
    assert debate["actions"] == ["edit", "close", "withdraw", "argue"]
    assert debate["url"].startswith(f"/debats/{debate['id']}/faut-il-chauffer")
    assert "<strong>peut remplacer</strong>" in debate["introduction_html"]
    assert await told(service, debate["id"]) == ["DebateAnnounced"]
    read = await service.http.get(f"/api/debates/{debate['id']}")
    assert read.json() == {**debate, "actions": []}
    assert (read.headers["etag"], read.headers["cache-control"]) == ('"1"', "no-store")


async def test_it_is_opened_only_on_what_is_published(service: ServiceUnderTest) -> None:
    expert = service.someone(Role.EXPERT)
    draft = await create(service, expert)
    for contribution in (draft["id"], str(new_id())):
        asked = {**DEBATE, "closes_at": ahead(days=1), "contribution": contribution}
        answer = await service.http.post("/api/debates", json=asked, headers=expert)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "contribution")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": "  "}, "question"),
        ({"question": "?" * 241}, "question"),
        ({"closes_at": ahead(hours=-1)}, "closes_at"),
        ({"closes_at": ahead(days=800)}, "closes_at"),
        ({"closes_at": "2027-01-01T00:00:00"}, "closes_at"),
        ({"opens_at": ahead(hours=-1)}, "opens_at"),
        ({"opens_at": ahead(days=3), "closes_at": ahead(days=2)}, "closes_at"),
        ({"zone": "Europe/Lutèce"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"themes": ["nowhere"]}, "themes"),
        ({"language": "la"}, "language"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_cannot_be_is_named(service: ServiceUnderTest, changes: dict[str, Any], field: str) -> None:
    asked = {**DEBATE, "closes_at": ahead(days=7), **changes}
    answer = await service.http.post("/api/debates", json=asked, headers=service.someone(Role.EDITOR))
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}


async def test_before_its_opening_and_from_its_closing_on_nobody_argues(service: ServiceUnderTest) -> None:
    coming = await open_debate(service, opens_at=ahead(days=1), closes_at=ahead(days=2))
    over = await open_debate(service)
    said = {"body": "Trop tôt, ou trop tard.", "position": "for"}
    argument = await argue(service, over)
    await is_over(service, over)
    for debate, phase in ((coming, "scheduled"), (over, "closed")):
        assert (await service.http.get(f"/api/debates/{debate['id']}")).json()["phase"] == phase
        path = f"/api/debates/{debate['id']}/arguments"
        refused = await service.http.post(path, json=said, headers=service.someone())
        assert (refused.status_code, refused.json()["phase"]) == (409, phase)
    endorsing = await service.http.put(f"/api/arguments/{argument['id']}/endorsement", headers=service.someone())
    assert (endorsing.status_code, endorsing.json()["phase"]) == (409, "closed")
    again = await service.http.patch(
        f"/api/debates/{over['id']}",
        json={"closes_at": ahead(days=1)},
        headers={**service.someone(Role.EDITOR), "If-Match": '"1"'},
    )
    assert (again.status_code, again.json()["phase"]) == (200, "open")
    await argue(service, over)


async def test_its_question_stays_once_it_was_argued_about(service: ServiceUnderTest) -> None:
    opener = service.someone(Role.EXPERT)
    debate = await open_debate(service, opener)

    async def edit(version: int, **changes: Any) -> Any:
        return await service.http.patch(
            f"/api/debates/{debate['id']}", json=changes, headers={**opener, "If-Match": f'"{version}"'}
        )

    renamed = await edit(1, question="Et si l’on chauffait la ville avec son métro ?")
    assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
    assert (await edit(1, introduction="Trop tard.")).status_code == 412
    await argue(service, debate)
    assert (await edit(2, question="Une autre question ?")).status_code == 409
    longer = await edit(2, introduction="Des précisions.", closes_at=ahead(days=30))
    assert longer.status_code == 200
    opened = await edit(3, opens_at=ahead(days=2))
    assert (opened.status_code, opened.json()["errors"][0]["field"]) == (422, "opens_at")
    assert await told(service, debate["id"]) == ["DebateAnnounced"] * 3


async def test_it_is_closed_by_hand_and_withdrawn_with_its_reason(service: ServiceUnderTest) -> None:
    opener, moderator = service.someone(Role.EXPERT), service.someone(Role.MODERATOR)
    debate = await open_debate(service, opener)
    argument = await argue(service, debate)
    closed = await move_debate(service, opener, debate, "close")
    assert (closed.status_code, closed.json()["phase"]) == (200, "closed")
    assert (await move_debate(service, opener, closed.json(), "close")).status_code == 409
    assert (await move_debate(service, moderator, closed.json(), "withdraw")).status_code == 422
    withdrawn = await move_debate(service, moderator, closed.json(), "withdraw", "La question était mal posée.")
    assert (withdrawn.status_code, withdrawn.json()["phase"], withdrawn.json()["actions"]) == (200, "withdrawn", [])
    for path in (
        f"/api/debates/{debate['id']}",
        f"/api/debates/{debate['id']}/arguments",
        f"/api/arguments/{argument['id']}",
    ):
        gone = await service.http.get(path)
        assert (gone.status_code, gone.json()["reason"]) == (410, "La question était mal posée."), path
    assert (await service.http.get("/api/debates")).json()["items"] == []
    assert (await service.http.get(f"/api/debates/{debate['id']}", headers=opener)).json()["phase"] == "withdrawn"
    assert (await told(service, debate["id"]))[-1] == "DebateWithdrawn"


async def test_a_contribution_that_is_withdrawn_hides_its_debate_and_arguments(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    study = await publish(service, author)
    debate = await open_debate(service, author, contribution=study["id"])
    argument = await argue(service, debate)
    reported = {"argument": argument["id"], "rule": "respect"}
    await service.http.post("/api/reports", json=reported, headers=service.someone())
    moderator = service.someone(Role.MODERATOR)
    assert len((await service.http.get("/api/reports", headers=moderator)).json()["items"]) == 1
    withdrawn = await move(service, author, study, "withdraw", "Les mesures étaient fausses.")
    assert withdrawn.status_code == 200
    for who in ({}, author, moderator):
        for path in (
            f"/api/debates/{debate['id']}",
            f"/api/debates/{debate['id']}/arguments",
            f"/api/arguments/{argument['id']}",
        ):
            gone = await service.http.get(path, headers=who)
            assert (gone.status_code, gone.json()["reason"]) == (410, "Les mesures étaient fausses."), path
        assert (await service.http.get("/api/debates", headers=who)).json()["items"] == []
    assert (await service.http.get("/api/reports", headers=moderator)).json()["items"] == []
    said = {"body": "Encore un mot.", "position": "nuance"}
    path = f"/api/debates/{debate['id']}/arguments"
    assert (await service.http.post(path, json=said, headers=service.someone())).status_code == 410
    put = await service.http.put(f"/api/arguments/{argument['id']}/endorsement", headers=service.someone())
    assert put.status_code == 410


async def test_lists_by_phase_in_the_order_that_matters(service: ServiceUnderTest) -> None:
    later = await open_debate(service, closes_at=ahead(days=9), themes=["water"], territories=[])
    soon = await open_debate(service, closes_at=ahead(days=2))
    far = await open_debate(service, opens_at=ahead(days=20), closes_at=ahead(days=30))
    near = await open_debate(service, opens_at=ahead(days=5), closes_at=ahead(days=30))
    over = await open_debate(service)
    await is_over(service, over)
    expected = {
        "phase=open": [soon, later],
        "phase=scheduled": [near, far],
        "phase=closed": [over],
        "phase=any": [far, near, soon, later, over],
        "theme=water": [later],
        "territory=lille": [],
        "phase=open&theme=energy": [soon],
    }
    for query, debates in expected.items():
        found: list[str] = []
        url: str | None = f"/api/debates?{query}&limit=2"
        while url:
            answer = await service.http.get(url)
            found += [one["id"] for one in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url")
        assert found == [one["id"] for one in debates], query
    phases = [one["phase"] for one in (await service.http.get("/api/debates")).json()["items"]]
    assert phases == ["scheduled", "scheduled", "open", "open", "closed"]
    assert (await service.http.get("/api/debates?phase=withdrawn")).status_code == 422


async def test_a_cursor_that_says_nothing_is_named(service: ServiceUnderTest) -> None:
    debate = await open_debate(service)
    for path in ("/api/debates", f"/api/debates/{debate['id']}/arguments"):
        for cursor in ("x", "W10", "WzEsMl0", "bnVsbA", "WyJ4Il0"):
            answer = await service.http.get(path, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), (path, cursor)


async def test_instants_are_kept_to_the_microsecond_with_their_zone(service: ServiceUnderTest) -> None:
    closing = datetime.now(UTC) + timedelta(days=3)
    debate = await open_debate(service, closes_at=closing.isoformat(), zone="America/Guadeloupe")
    assert datetime.fromisoformat(debate["closes_at"]) == closing
    assert debate["zone"] == "America/Guadeloupe"


async def test_a_merged_theme_takes_its_debates_along(service: ServiceUnderTest) -> None:
    debate = await open_debate(service, themes=["energy", "water"])
    merged = await service.http.post(
        "/api/themes/energy/merge", json={"into": "water"}, headers={**service.someone(Role.EDITOR), "If-Match": "*"}
    )
    assert merged.status_code == 200, merged.text
    async with service.database.transaction() as session:
        await move_some(session, Theme)
    read = (await service.http.get(f"/api/debates/{debate['id']}")).json()
    assert read["themes"] == ["water"]
    assert await told(service, debate["id"]) == ["DebateAnnounced"] * 2
