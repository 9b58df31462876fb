"""Themes and territories: edited, arranged in a tree without circles, merged without a lost contribution."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text

from services.contributions.archive import Labels
from services.contributions.commands import merging
from services.contributions.mover import Mover, mover_of
from services.contributions.schemas.taxonomy import Code
from services.contributions.tables import Contribution, Territory, Theme
from shared.auth.principal import Role
from shared.storage.tables import outbox
from tests.services.contributions.writing import DRAFT, create, move, publish
from tests.support.service import QueryCounter, ServiceUnderTest
from tests.support.waiting import eventually

NAMES = {"fr": "Santé", "en": "Health"}


async def call(
    service: ServiceUnderTest, method: str, path: str, body: Any, *, version: int | str = "*", role: Role = Role.EDITOR
) -> httpx.Response:
    tag = "*" if version == "*" else f'"{version}"'
    return await service.http.request(
        method, f"/api/{path}", json=body, headers={**service.someone(role), "If-Match": tag}
    )


async def merge(service: ServiceUnderTest, path: str, into: str, version: int | str = "*") -> httpx.Response:
    return await call(service, "POST", f"{path}/merge", {"into": into}, version=version)


async def told(service: ServiceUnderTest, key: str) -> list[str]:
    """Types of the messages about an entity that wait to be sent, oldest first."""
    async with service.database.reading() as session:
        rows = await session.execute(select(outbox.c.type).where(outbox.c.key == key).order_by(outbox.c.ordinal))
        return [one.rpartition(".")[2] for one in rows.scalars()]


async def at_rest(service: ServiceUnderTest) -> None:
    """Wait until no contribution has a merged label any more."""

    async def rests() -> bool:
        async with service.database.reading() as session:
            left = 0
            for entity, column in ((Theme, "themes"), (Territory, "territories")):
                name = entity.__tablename__
                left += (
                    await session.execute(
                        text(
                            f"SELECT count(*) FROM contribution WHERE EXISTS (SELECT FROM {name} "
                            f"WHERE moved_to IS NOT NULL AND id = ANY (contribution.{column}))"
                        )
                    )
                ).scalar_one()
        return left == 0

    await eventually(rests)


async def test_a_theme_is_added_read_and_changed(service: ServiceUnderTest) -> None:
    added = await call(service, "POST", "themes", {"names": NAMES, "descriptions": {"fr": "Se soigner en ville."}})
    assert added.status_code == 201, added.text
    assert added.headers["location"] == "/api/themes/sante"
    theme = added.json()
    assert theme == {"id": "sante", "version": 1, "names": NAMES, "descriptions": {"fr": "Se soigner en ville."}}
    assert (await service.http.get("/api/themes/sante")).headers["etag"] == '"1"'
    listed = (await service.http.get("/api/themes")).json()
    assert listed["items"][-1] == theme and listed["moved"] == {}

    renamed = await call(service, "PATCH", "themes/sante", {"names": {"fr": "Soin", "en": "Care"}}, version=1)
    assert (renamed.status_code, renamed.headers["etag"]) == (200, '"2"')
    assert renamed.json()["descriptions"] == theme["descriptions"], "what is not named stays"
    stale = await call(service, "PATCH", "themes/sante", {"names": NAMES}, version=1)
    assert stale.status_code == 412
    assert await told(service, "sante") == ["ThemeDefined", "ThemeDefined"]
    assert (await publish(service, themes=["sante"]))["themes"] == ["sante"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"names": {"fr": "Santé"}}, "names"),
        ({"names": {"fr": "  ", "en": "x"}}, "names.fr"),
        ({"names": {"fr": "a", "en": "b", "de": "c"}}, "names.de.[key]"),
        ({"names": NAMES, "id": "Santé publique"}, "id"),
        ({"names": NAMES, "id": "-"}, "id"),
        ({"names": NAMES, "descriptions": {"fr": "x" * 601}}, "descriptions.fr"),
        ({"names": NAMES, "ordinal": 7}, "ordinal"),
    ],
)
async def test_a_wrong_field_is_named(service: ServiceUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await call(service, "POST", "themes", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_an_id_is_given_once(service: ServiceUnderTest) -> None:
    again = await call(service, "POST", "themes", {"id": "water", "names": NAMES})
    assert (again.status_code, again.json()["type"]) == (409, "urn:demain:problem:id-taken")
    await merge(service, "themes/water", "energy")
    merged = await call(service, "POST", "themes", {"id": "water", "names": NAMES})
    assert merged.status_code == 409, "what was merged keeps its address"


@pytest.mark.parametrize(
    ("code", "kept"),
    [("69123", "69123"), ("2a004", "2A004"), ("97105", "97105"), ("FR", "FR"), (" fr-ara ", "FR-ARA"),
     ("GB-ENG", "GB-ENG"), ("FR-69", "FR-69"), ("6912", None), ("2C004", None), ("691234", None), ("FRA", None),
     ("FR-", None), ("FR-ABCD", None), ("69 123", None), ("", None), ("٦٩١٢٣", None)],
)  # fmt: skip
def test_codes(code: str, kept: str | None) -> None:
    adapter = TypeAdapter(Code)
    if kept is None:
        with pytest.raises(ValidationError, match="INSEE"):
            adapter.validate_python(code)
    else:
        assert adapter.validate_python(code) == kept


async def test_a_territory_has_a_place_and_a_code(service: ServiceUnderTest) -> None:
    new = {"names": {"fr": "Villeurbanne", "en": "Villeurbanne"}, "parent": "lyon", "code": "69266"}
    added = (await call(service, "POST", "territories", new)).json()
    assert (added["id"], added["parent"], added["code"]) == ("villeurbanne", "lyon", "69266")
    twice = await call(service, "POST", "territories", {**new, "id": "autre"})
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:demain:problem:code-taken")
    nowhere = await call(service, "POST", "territories", {**new, "code": None, "id": "autre", "parent": "atlantis"})
    assert nowhere.json()["errors"][0]["field"] == "parent"
    out = (await call(service, "PATCH", "territories/villeurbanne", {"parent": None, "code": None})).json()
    assert (out["parent"], out["code"], out["names"]) == (None, None, new["names"])


async def test_the_tree_has_no_circle(service: ServiceUnderTest) -> None:
    for parent in ("europe", "france", "lyon"):
        answer = await call(service, "PATCH", "territories/europe", {"parent": parent})
        assert answer.status_code == 422, parent
        assert answer.json()["errors"][0]["field"] == "parent"
    assert (await call(service, "PATCH", "territories/france", {"parent": None})).status_code == 200
    assert (await call(service, "PATCH", "territories/europe", {"parent": "lyon"})).status_code == 200


IDS = ("europe", "france", "lille", "lyon", "nantes")


def reaches_itself(parents: dict[str, str | None]) -> bool:
    for start in parents:
        at, seen = parents[start], set()
        while at is not None and at not in seen:
            if at == start:
                return True
            seen.add(at)
            at = parents.get(at)
    return False


def test_control_a_circle_is_seen() -> None:
    assert reaches_itself({"a": "b", "b": "c", "c": "a"})
    assert not reaches_itself({"a": "b", "b": "c", "c": None})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(("move", "merge")), st.sampled_from(IDS), st.sampled_from((*IDS, None))), max_size=12
    )
)
async def test_no_sequence_of_moves_and_merges_closes_a_circle(
    service: ServiceUnderTest, moves: list[tuple[str, str, str | None]]
) -> None:
    async with service.database.transaction() as session:
        await session.execute(text("UPDATE territory SET parent = NULL, moved_to = NULL"))
    tree: dict[str, str | None] = dict.fromkeys(IDS)
    for action, id, other in moves:
        if action == "move":
            answer = await call(service, "PATCH", f"territories/{id}", {"parent": other})
            wanted = {**tree, id: other}
            may = id in tree and (other is None or other in tree) and not reaches_itself(wanted)
        else:
            answer = await merge(service, f"territories/{id}", other or id)
            wanted = {one: (other if parent == id else parent) for one, parent in tree.items() if one != id}
            may = id in tree and other in tree and other != id and not reaches_itself(wanted)
        assert (answer.status_code == 200) == may, (action, id, other, tree, answer.text)
        tree = wanted if may else tree
        items = (await service.http.get("/api/territories")).json()["items"]
        assert {one["id"]: one["parent"] for one in items if one["id"] in IDS} == tree
        assert not reaches_itself({one["id"]: one["parent"] for one in items})


async def test_two_moves_at_once_close_no_circle(service: ServiceUnderTest) -> None:
    for _ in range(8):
        for id in ("lyon", "lille"):
            await call(service, "PATCH", f"territories/{id}", {"parent": None})
        both = await asyncio.gather(
            call(service, "PATCH", "territories/lyon", {"parent": "lille"}),
            call(service, "PATCH", "territories/lille", {"parent": "lyon"}),
        )
        assert sorted(one.status_code for one in both) == [200, 422]


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
    monkeypatch.setattr(Mover, "wake", lambda _: None)
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
    monkeypatch.setattr(Mover, "wake", lambda _: None)
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
    monkeypatch.setattr(Mover, "wake", lambda _: None)
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
    monkeypatch.setattr(Mover, "wake", lambda _: None)
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


@pytest.mark.parametrize("path", ["themes", "territories"])
async def test_the_lists_take_one_query_each(service: ServiceUnderTest, path: str) -> None:
    with QueryCounter(service.database) as counter:
        assert (await service.http.get(f"/api/{path}")).status_code == 200
    assert counter.count == 1


async def test_the_mover_of_the_service_runs(service: ServiceUnderTest) -> None:
    assert isinstance(mover_of(service.resources), Mover)
