"""The table of contents: readable anchors that stay, and that nobody else can make."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from services.contributions.contents import MOST_HEADINGS, PREFIX, anchored
from shared.auth.principal import Role
from shared.rendering import render
from tests.services.contributions.test_rendering import _hostile
from tests.services.contributions.writing import create
from tests.support.service import ServiceUnderTest


def _ids(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]*)"', html)


def test_headings_are_listed_with_readable_anchors() -> None:
    html, found = anchored(render("## L’eau *tiède*\n\nx\n\n### Où ?\n\n## L’eau tiède\n\n## ???").html)
    assert [(one.level, one.title, one.anchor) for one in found] == [
        (2, "L’eau tiède", "section-l-eau-tiede"),
        (3, "Où ?", "section-ou"),
        (2, "L’eau tiède", "section-l-eau-tiede-2"),
        (2, "???", "section-sans-nom"),
    ]
    assert '<h3 id="section-ou">Où ?</h3>' in html


def test_an_anchor_of_a_numbered_heading_is_not_taken_by_a_repeated_one() -> None:
    _, found = anchored(render("## Lot\n\n## Lot 2\n\n## Lot").html)
    assert [one.anchor for one in found] == ["section-lot", "section-lot-2", "section-lot-3"]


def test_nobody_makes_an_id_of_their_own() -> None:
    html, found = anchored(
        render('<h2 id="contenu" name="q">A</h2>\n\n<p id="q">b</p>\n\n<h2 id="section-b">C</h2>').html
    )
    assert _ids(html) == ["section-a", "section-c"]
    assert [one.title for one in found] == ["A", "C"]


def test_a_heading_shown_as_code_is_none() -> None:
    html, found = anchored(render("```\n<h2>A</h2>\n```\n\n`<h2>`\n\n## B & <b>c</b>").html)
    assert [one.title for one in found] == ["B & c"]
    assert _ids(html) == ["section-b-c"]


def test_there_are_never_more_than_can_be_read() -> None:
    html, found = anchored(render("## Titre\n\n" * (MOST_HEADINGS + 50)).html)
    assert len(found) == len(_ids(html)) == MOST_HEADINGS


@given(
    st.lists(st.one_of(_hostile, st.text(max_size=12).map(lambda title: f"\n\n## {title}\n\n")), max_size=8).map(
        "".join
    )
)
def test_anchors_are_unique_ours_and_change_nothing_else(markdown: str) -> None:
    before = render(markdown).html
    html, found = anchored(before)
    ids = _ids(html)
    assert ids == [one.anchor for one in found]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(PREFIX + r"[a-z0-9]+(-[a-z0-9]+)*", id) for id in ids)
    assert re.sub(r'(<h[2-6]) id="[^"]*"', r"\1", html) == before
    assert anchored(before) == (html, found)


async def test_a_contribution_has_its_contents(service: ServiceUnderTest) -> None:
    draft = await create(service, service.someone(Role.EXPERT))
    assert draft["contents"] == [{"level": 2, "title": "Méthode", "anchor": "section-methode"}]
    assert 'id="section-methode"' in draft["body_html"]
