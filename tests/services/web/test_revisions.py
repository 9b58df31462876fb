"""What a text was before, on screen: corrections with their reason, revisions, what changed."""

from __future__ import annotations

import re

import httpx
import pytest

from services.web.sections.contributions.revisions import spoken, stretches
from shared.clients.contributions import ComparedParagraph, Contribution
from tests.services.web.neighbours import World
from tests.services.web.reading import send, sign_in

EDITOR, AUTHOR = "redaction@demain.example", "ines@demain.example"


@pytest.fixture
def published(world: World) -> Contribution:
    """A text that was submitted and published."""
    made = world.write(
        world.accounts[AUTHOR], "Les bancs de la place", body="Un.\n\nDeux bancs.\n\nTrois.", summary="Bref."
    )
    world.keep(made, "submitted")
    return world.keep(made, "published")


async def correct(browser: httpx.AsyncClient, it: Contribution, body: str, reason: str) -> httpx.Response:
    page = await browser.get(f"/contributions/{it.id}/modifier")
    return await send(browser, page, "title", body=body, themes=["water"], reason=reason, do="save")


async def test_a_correction_is_shown_with_its_reason(browser: httpx.AsyncClient, published: Contribution) -> None:
    assert "Corrections" not in (await browser.get(published.url)).text
    await sign_in(browser, EDITOR)
    unsaid = await correct(browser, published, "Un.\n\nTrois bancs.\n\nTrois.", "")
    assert unsaid.status_code == 422
    assert 'id="reason-error"' in unsaid.text
    assert "Trois bancs." in unsaid.text
    done = await correct(browser, published, "Un.\n\nTrois bancs.\n\nTrois.", "Un banc avait été <oublié>.")
    assert done.status_code == 303
    assert "Correction publiée" in (await browser.get(done.headers["location"])).text
    browser.cookies.clear()
    page = (await browser.get(published.url)).text
    assert "Un banc avait été &lt;oublié&gt;." in page
    assert f'href="/contributions/{published.id}/revisions/2/3"' in page
    assert 'property="article:modified_time"' in page
    diff = await browser.get(f"/contributions/{published.id}/revisions/2/3")
    assert re.search(r"<del>.*Deux.*</del><ins>.*Trois.*</ins> bancs", diff.text)
    assert "Un banc avait été &lt;oublié&gt;." in diff.text
    was = await browser.get(f"/contributions/{published.id}/revisions/2")
    assert "Deux bancs." in was.text
    english = await browser.get(f"/en/contributions/{published.id}/revisions/2/3")
    assert "From revision 2 to revision 3" in english.text
    assert 'lang="en"> [deleted:' in english.text


async def test_readers_see_revisions_since_publication_and_the_author_all(
    browser: httpx.AsyncClient, published: Contribution
) -> None:
    place = f"/contributions/{published.id}/revisions"
    page = await browser.get(place)
    assert "Révision 2" in page.text
    assert "Révision 1" not in page.text
    assert f"{place}/1/2" not in page.text
    assert (await browser.get(f"{place}/1")).status_code == 404
    assert (await browser.get(f"{place}/1/2")).status_code == 404
    await sign_in(browser, AUTHOR)
    mine = await browser.get(place)
    assert "Révision 1" in mine.text
    assert f"{place}/1/2" in mine.text
    assert (await browser.get(f"{place}/1/2")).status_code == 200
    assert f'href="{place}"' in (await browser.get(published.url)).text


async def test_revisions_of_what_is_not_there(browser: httpx.AsyncClient, world: World) -> None:
    draft = next(one for one in world.contributions.values() if one.state == "draft")
    for path in ("", "/1", "/1/2"):
        assert (await browser.get(f"/contributions/{draft.id}/revisions{path}")).status_code == 404
    assert (await browser.get(f"/contributions/{draft.id}/revisions/0")).status_code in (404, 422)


def test_unchanged_stretches_are_folded_but_for_their_ends() -> None:
    kinds = ["same"] * 6 + ["changed"] + ["same"] * 3
    shown = stretches([ComparedParagraph(kind=kind, html=str(n)) for n, kind in enumerate(kinds)])
    assert [(len(one.paragraphs), one.is_folded) for one in shown] == [
        (1, False),
        (4, True),
        (1, False),
        (1, False),
        (3, False),
    ]


def test_changes_are_said_to_who_does_not_see_them() -> None:
    said = spoken(ComparedParagraph(kind="changed", html="a <del>&lt;b&gt;</del><ins>c</ins>"))
    heard = re.sub("<[^>]+>", "", said)
    assert heard == "a  [supprimé\N{NARROW NO-BREAK SPACE}: &lt;b&gt;]  [ajouté\N{NARROW NO-BREAK SPACE}: c] "
