"""Sources and their DOIs: checked, kept with the revision, shown where they changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contributions import doi
from services.contributions.sources import line_of
from shared.auth.principal import Role
from tests.services.contributions.writing import DRAFT, create, publish
from tests.support.service import ServiceUnderTest

BATTY: dict[str, Any] = {
    "title": "Digital twins",
    "authors": "Batty, M.",
    "year": 2018,
    "doi": "https://doi.org/10.1177/2399808318796416",
}
ATLAS: dict[str, Any] = {"title": "Atlas des lavoirs", "url": "https://example.org/atlas?page=2"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("10.1016/j.jml.2019.104047", "10.1016/j.jml.2019.104047"),
        (" doi: 10.1016/J.JML.2019.104047 ", "10.1016/j.jml.2019.104047"),
        ("https://doi.org/10.1016/j.jml.2019.104047", "10.1016/j.jml.2019.104047"),
        ("http://dx.doi.org/10.1000/182", "10.1000/182"),
        ("doi.org/10.1000/182", "10.1000/182"),
        (
            "https://doi.org/10.1002/(SICI)1096-8644(199601)99:1%3C1::AID-AJPA1%3E3.0.CO;2-1",
            "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-1",
        ),
        ("10.1000.10/É#1?x", "10.1000.10/É#1?x"),
    ],
)
def test_a_doi_is_kept_in_one_way_however_it_is_written(written: str, kept: str) -> None:
    assert doi.normal(written) == kept
    assert doi.normal(kept) == kept


@pytest.mark.parametrize(
    "written",
    ["", "10.1016", "10.12/x", "11.1016/x", "10.1016/", "10.1016/a b", "https://example.org/10.1016/x", "10.1٠16/x"],
)
def test_what_is_no_doi_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no DOI"):
        doi.normal(written)


_suffixes = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=30)


@given(st.integers(1000, 999_999_999), _suffixes)
def test_the_address_of_a_doi_leads_back_to_it(registrant: int, suffix: str) -> None:
    kept = doi.normal(f"10.{registrant}/{suffix}")
    address = doi.address_of(kept)
    assert doi.normal(address) == kept
    assert not set("<>\"' ?#") & (set(address) - {"'"})


def test_a_source_is_one_line() -> None:
    kept = {**BATTY, "doi": "10.1177/2399808318796416", "url": ""}
    assert line_of(kept) == "Batty, M. (2018). Digital twins. https://doi.org/10.1177/2399808318796416"
    assert line_of({"title": "Pourquoi ?"}) == "Pourquoi ?"


async def test_sources_are_kept_in_order_with_where_they_are_read(service: ServiceUnderTest) -> None:
    moved = {"title": "Bancs", "url": "https://doi.org/10.1000/182"}
    draft = await create(service, service.someone(Role.EXPERT), sources=[BATTY, ATLAS, moved])
    assert [(one["title"], one["doi"], one["link"]) for one in draft["sources"]] == [
        ("Digital twins", "10.1177/2399808318796416", "https://doi.org/10.1177/2399808318796416"),
        ("Atlas des lavoirs", "", "https://example.org/atlas?page=2"),
        ("Bancs", "10.1000/182", "https://doi.org/10.1000/182"),
    ]
    assert draft["sources"][2]["url"] == ""


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ({"title": " "}, "sources.1.title"),
        ({"title": "x", "doi": "10.1/x"}, "sources.1.doi"),
        ({"title": "x", "url": "javascript:alert(1)"}, "sources.1.url"),
        ({"title": "x", "url": "https://a:b@example.org/"}, "sources.1.url"),
        ({"title": "x", "url": "https://[::1"}, "sources.1.url"),
        ({"title": "x", "url": "https://doi.org/10.1/x"}, "sources.1"),
        ({"title": "x", "year": 0}, "sources.1.year"),
        ({"title": "x\x00"}, "sources.1.title"),
        ({"title": "x", "page": "3"}, "sources.1.page"),
    ],
)
async def test_a_source_that_will_not_do_is_named(
    service: ServiceUnderTest, source: dict[str, Any], field: str
) -> None:
    answer = await service.http.post(
        "/api/contributions", json={**DRAFT, "sources": [ATLAS, source]}, headers=service.someone(Role.EXPERT)
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_sources_are_part_of_the_revision_and_of_what_changed(service: ServiceUnderTest) -> None:
    published = await publish(service, sources=[ATLAS])
    place = f"/api/contributions/{published['id']}"
    editor = service.someone(Role.EDITOR)
    corrected = await service.http.patch(
        place,
        json={"sources": [BATTY, ATLAS], "reason": "Une source manquait."},
        headers={**editor, "If-Match": f'"{published["version"]}"'},
    )
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["body"] == published["body"]
    kept = [(await service.http.get(f"{place}/revisions/{number}")).json()["sources"] for number in (2, 3)]
    assert [[one["title"] for one in sources] for sources in kept] == [
        ["Atlas des lavoirs"],
        ["Digital twins", "Atlas des lavoirs"],
    ]
    diff = (await service.http.get(f"{place}/revisions/2/diff/3")).json()
    assert [one["kind"] for one in diff["sources"]] == ["new", "same"]
    assert "Digital twins" in diff["sources"][0]["html"]
    assert all(one["kind"] == "same" for one in diff["text"])


async def test_what_is_not_named_stays(service: ServiceUnderTest) -> None:
    author = service.someone(Role.EXPERT)
    draft = await create(service, author, sources=[ATLAS])
    edited = await service.http.patch(
        f"/api/contributions/{draft['id']}", json={"title": "Autre"}, headers={**author, "If-Match": '"1"'}
    )
    assert [one["title"] for one in edited.json()["sources"]] == ["Atlas des lavoirs"]


async def test_two_texts_sent_are_compared_with_their_sources(service: ServiceUnderTest) -> None:
    answer = await service.http.post(
        "/api/contributions/comparisons",
        json={"before": {"sources": [ATLAS]}, "after": {"sources": []}},
        headers=service.someone(Role.CITIZEN),
    )
    assert [one["kind"] for one in answer.json()["sources"]] == ["gone"]
