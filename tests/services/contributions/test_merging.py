"""Themes and territories merged without a lost contribution."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from services.contributions.archive import Labels
from services.contributions.commands import merging
from services.contributions.mover import Mover, mover_of
from services.contributions.tables import Contribution, Theme
from shared.auth.principal import Role
from tests.services.contributions.labels import NAMES, at_rest, call, merge, told, without_its_own_mover
from tests.services.contributions.writing import DRAFT, create, move, publish
from tests.support.service import QueryCounter, ServiceUnderTest


async def test_a_merged_theme_leads_to_the_other(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    both = await publish(service, author, themes=["water", "energy"])
    only = await publish(service, author, themes=["water"])
    draft = await create(service, author, themes=["housing", "water"])
    withdrawn = (
        await move(service, author, await publish(service, author, themes=["water"]), "withdraw", "Non.")
    ).json()
    untouched = await publish(service, author, themes=["housing"])
    merged = await merge(service, "themes/water", "energy", 1)
    assert (merged.status_code, merged.json()["id"]) == (200, "energy"), merged.text

    gone = await service.http.get("/api/themes/water")
    assert (gone.status_code, gone.json()["moved_to"]) == (410, "energy")
    listed = (await service.http.get("/api/themes")).json()
    assert "water" not in {one["id"] for one in listed["items"]} and listed["moved"] == {"water": "energy"}
    assert await told(service, "water") == ["ThemeDefined", "ThemeRetired"]

    await at_rest(service)
    for before, themes in ((both, ["energy"]), (only, ["energy"]), (draft, ["housing", "energy"])):
        after = (await service.http.get(f"/api/contributions/{before['id']}", headers=author)).json()
        assert after["themes"] == themes
        assert after["version"] == before["version"] + 1
        assert after["updated_at"] == before["updated_at"], "its text did not change"
    assert (await told(service, only["id"])) == ["ContributionPublished"] * 2
    assert await told(service, draft["id"]) == []
    assert (await told(service, withdrawn["id"]))[-1] == "ContributionWithdrawn"
    assert await told(service, untouched["id"]) == ["ContributionPublished"]
    for theme in ("water", "energy"):
        items = (await service.http.get(f"/api/contributions?theme={theme}")).json()["items"]
        assert {one["id"] for one in items} == {both["id"], only["id"]}, "the old id means the new one"


async def test_a_list_is_whole_while_contributions_move(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await without_its_own_mover(service, monkeypatch)
    old = await publish(service, themes=["water"])
    new = await publish(service, themes=["energy"])
    await merge(service, "themes/water", "energy")
    assert (await service.http.get(f"/api/contributions/{old['id']}")).json()["themes"] == ["water"]
    for theme in ("water", "energy"):
        items = (await service.http.get(f"/api/contributions?theme={theme}")).json()["items"]
        assert {one["id"] for one in items} == {old["id"], new["id"]}
    assert (await service.http.get("/api/contributions?theme=nobody")).json()["items"] == []


async def test_merges_do_not_chain(service: ServiceUnderTest) -> None:
    one = await publish(service, themes=["water"])
    await merge(service, "themes/water", "energy")
    await merge(service, "themes/energy", "housing")
    assert (await service.http.get("/api/themes")).json()["moved"] == {"water": "housing", "energy": "housing"}
    await at_rest(service)
    assert (await service.http.get(f"/api/contributions/{one['id']}")).json()["themes"] == ["housing"]


async def test_what_cannot_be_merged(service: ServiceUnderTest) -> None:
    for path, into, status, field in (
        ("themes/water", "water", 422, "into"),
        ("themes/water", "nobody", 422, "into"),
        ("themes/nobody", "water", 404, None),
        ("territories/france", "lyon", 422, "into"),
    ):
        answer = await merge(service, path, into)
        assert answer.status_code == status, answer.text
        assert field is None or answer.json()["errors"][0]["field"] == field
    assert (await merge(service, "themes/water", "energy", 7)).status_code == 412
    await merge(service, "themes/water", "energy")
    assert (await merge(service, "themes/water", "housing")).json()["moved_to"] == "energy"
    assert (await merge(service, "themes/housing", "water")).status_code == 422
    renamed = await call(service, "PATCH", "themes/water", {"names": NAMES})
    assert (renamed.status_code, renamed.json()["moved_to"]) == (410, "energy")


async def test_a_territory_hands_on_what_lies_in_it(service: ServiceUnderTest) -> None:
    await merge(service, "territories/france", "europe")
    items = {one["id"]: one for one in (await service.http.get("/api/territories")).json()["items"]}
    assert "france" not in items
    assert (items["lyon"]["parent"], items["lyon"]["version"]) == ("europe", 2)
    assert await told(service, "lyon") == ["TerritoryDefined", "TerritoryDefined"]
    assert await told(service, "france") == ["TerritoryDefined", "TerritoryRetired"]


async def test_who_still_says_the_old_one_means_the_new_one(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author, themes=["housing"])
    await merge(service, "themes/water", "energy")
    assert (await create(service, author, themes=["water", "energy"]))["themes"] == ["energy"]
    edited = await service.http.patch(
        f"/api/contributions/{draft['id']}", json={"themes": ["water"]}, headers={**author, "If-Match": '"1"'}
    )
    assert edited.json()["themes"] == ["energy"]
    async with service.database.reading() as session:
        labels = Labels((await session.execute(select(Theme))).scalars().all())
    assert labels.find(["Eau", "water", "Énergie"]) == (["energy"], [])


@pytest.mark.parametrize("round_", range(4))
async def test_merging_while_people_write_loses_nothing(service: ServiceUnderTest, round_: int) -> None:
    author = service.someone(Role.EXPERT)
    drafts = [await create(service, author, themes=["housing"]) for _ in range(6)]

    async def write() -> httpx.Response:
        return await service.http.post("/api/contributions", json={**DRAFT, "themes": ["water"]}, headers=author)

    async def edit(draft: dict[str, Any]) -> httpx.Response:
        return await service.http.patch(
            f"/api/contributions/{draft['id']}", json={"themes": ["water"]}, headers={**author, "If-Match": '"1"'}
        )

    answers = await asyncio.gather(
        *(write() for _ in range(6)), merge(service, "themes/water", "energy"), *(edit(draft) for draft in drafts)
    )
    assert {one.status_code for one in answers} <= {200, 201}
    await at_rest(service)
    items = (await service.http.get("/api/contributions?state=any&limit=50", headers=author)).json()["items"]
    assert [one["themes"] for one in items] == [["energy"]] * 12


async def test_merges_that_meet_end_in_one_of_them(service: ServiceUnderTest) -> None:
    three = await asyncio.gather(
        merge(service, "themes/water", "energy", 1),
        merge(service, "themes/water", "housing", 1),
        merge(service, "themes/energy", "water", 1),
    )
    statuses = [one.status_code for one in three]
    assert statuses.count(200) >= 1 and set(statuses) <= {200, 410, 422}, statuses
    listed = (await service.http.get("/api/themes")).json()
    in_use = {one["id"] for one in listed["items"]}
    assert set(listed["moved"].values()) <= in_use, "nobody is led to what is gone"
    assert not in_use & set(listed["moved"])


_MANY = text("""
    INSERT INTO contribution (ordinal, id, version, kind, language, title, summary, body, body_html, text,
        reading_minutes, themes, territories, authors, state, created_at, updated_at, published_at)
    SELECT 0, gen_random_uuid(), 1, 'note', 'fr', 'Note ' || n, '', '', '', '', 1, ARRAY['water'], ARRAY['lyon'],
        '{}', 'published', now(), now(), now()
    FROM generate_series(1, :many) AS n
""")


async def test_they_move_in_batches_and_go_on_after_a_stop(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await without_its_own_mover(service, monkeypatch)
    monkeypatch.setattr(merging, "BATCH", 10)
    async with service.database.transaction() as session:
        await session.execute(_MANY, {"many": 45})
    await merge(service, "themes/water", "energy")
    async with service.database.transaction() as session:
        assert await merging.move_some(session, Theme) == 10
    assert await Mover(service.database).move_all() == 35
    assert await Mover(service.database).move_all() == 0
    async with service.database.reading() as session:
        ordinals = (await session.execute(select(Contribution.ordinal, Contribution.themes))).all()  # type: ignore[call-overload]
    assert [tuple(one) for one in ordinals] == [(1, ["energy"])] * 45


async def test_movers_at_once_move_each_contribution_once(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "BATCH", 7)
    await without_its_own_mover(service, monkeypatch)
    async with service.database.transaction() as session:
        await session.execute(_MANY, {"many": 40})
    await merge(service, "themes/water", "energy")
    counts = await asyncio.gather(*(Mover(service.database).move_all() for _ in range(3)))
    assert sum(counts) == 40
    async with service.database.reading() as session:
        assert set((await session.execute(select(Contribution.ordinal))).scalars()) == {1}


async def test_a_batch_takes_one_statement_for_each_message_and_few_besides(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await without_its_own_mover(service, monkeypatch)
    besides = []
    for many in (10, 40):
        async with service.database.transaction() as session:
            await session.execute(_MANY, {"many": many})
        if many == 10:
            await merge(service, "themes/water", "energy")
        async with service.database.transaction() as session:
            with QueryCounter(service.database) as counter:
                assert await merging.move_some(session, Theme) == many
        besides.append(sum("INSERT INTO outbox" not in one for one in counter.statements))
    assert besides[0] == besides[1] <= 4, besides


async def test_the_mover_of_the_service_runs(service: ServiceUnderTest) -> None:
    assert isinstance(mover_of(service.resources), Mover)
