"""Themes and territories: edited, and arranged in a tree without circles."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text

from services.contributions.schemas.taxonomy import Code
from tests.services.contributions.labels import NAMES, call, merge, told
from tests.services.contributions.writing import publish
from tests.support.service import QueryCounter, ServiceUnderTest


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


@pytest.mark.parametrize("path", ["themes", "territories"])
async def test_the_lists_take_one_query_each(service: ServiceUnderTest, path: str) -> None:
    with QueryCounter(service.database) as counter:
        assert (await service.http.get(f"/api/{path}")).status_code == 200
    assert counter.count == 1
