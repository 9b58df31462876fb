"""The sample lets the whole story be seen, and is made once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from services.partners.sample_story import fill
from shared.auth.principal import Role
from shared.runtime.sample import SampleAccount, SampleStory
from shared.storage.identifiers import new_id
from tests.services.partners.town import Person, Town

_TABLES = ("organization", "membership", "call", "application", "review", "partnership", "demonstrator", "result")


async def _rows(town: Town) -> dict[str, Any]:
    async with town.service.database.transaction() as session:
        return {
            table: sorted(map(str, (await session.execute(text(f"SELECT * FROM {table}"))).all())) for table in _TABLES
        }


async def test_the_story_is_told_once_and_everybody_sees_their_part(town: Town) -> None:
    people = {str(role): new_id() for role in Role}
    accounts = [SampleAccount(role, f"{role}@{role}.example", "", f"Mx {role}") for role in people]
    seen = []
    for _ in range(2):
        await fill(SampleStory({"partners": town.service.resources}, lambda _: None, people, accounts))
        seen.append(await _rows(town))
    assert seen[0] == seen[1]

    def as_(role: Role) -> Person:
        return Person(people[role], town.service.someone(role, id=people[role]))

    shown = (await town.get(None, "/api/demonstrators"))["items"]
    assert [(one["organization"]["name"], one["results"]) for one in shown] == [("Calories douces", 3)]
    public = (await town.get(None, "/api/calls"))["items"]
    assert {(one["kind"], one["phase"]) for one in public} == {
        ("projects", "over"),
        ("interest", "open"),
        ("open", "open"),
    }
    assert len((await town.get(as_(Role.ORGANIZER), "/api/calls?mine=true"))["items"]) == len(public) + 1
    mine = (await town.get(as_(Role.PARTNER), "/api/applications/mine"))["items"]
    assert {one["state"] for one in mine} == {"accepted", "in_review"}
    assert [one["state"] for one in (await town.get(as_(Role.EXPERT), "/api/applications/mine"))["items"]] == ["draft"]
    waiting = (await town.get(as_(Role.REVIEWER), "/api/reviews/mine"))["items"]
    assert [one["state"] for one in waiting] == [None, "submitted"]
    assert len((await town.get(as_(Role.ORGANIZER), "/api/partnerships"))["items"]) == 1
    assert len((await town.get(None, "/api/organizations"))["items"]) == 2
