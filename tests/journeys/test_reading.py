"""Reading and reviewing in a real browser: contents, a passage picked, what is printed, an invitation followed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from shared.clients.contributions import ContributionsClient, ContributionSummary
from shared.clients.identity import IdentityClient
from tests.journeys.conftest import Arrive
from tests.journeys.instance import Instance
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.browser

ORIGINAL = "Chauffer un quartier avec l’eau de son métro"
CORRECTED = "Trois degrés sous les tilleuls"
UNDER_REVIEW = "Partager un réseau de chaleur entre deux communes"


@pytest_asyncio.fixture(loop_scope="session")
async def texts(demain: Instance) -> dict[str, ContributionSummary]:
    """What an editor may read, by title."""
    editor = demain.account("editor")
    async with IdentityClient(demain.url) as identity, ContributionsClient(demain.url) as contributions:
        token = (await identity.sign_in(editor.email, editor.password)).access_token
        pages = [await contributions.page(token=token, state=state, limit=100) for state in ("published", "submitted")]
    return {one.title: one for page in pages for one in page.items}


def _of(texts: dict[str, ContributionSummary], title: str) -> ContributionSummary:
    return next(one for name, one in texts.items() if name.startswith(title))


async def _selected(visitor: Visitor) -> str:
    return str(await visitor.page.evaluate("getSelection().toString()"))


async def _drag_over_a_line(visitor: Visitor) -> None:
    box = await visitor.page.locator("#texte p").first.bounding_box()
    assert box is not None
    await visitor.page.mouse.move(box["x"] + 2, box["y"] + 8)
    await visitor.page.mouse.down()
    await visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8, steps=8)
    await visitor.page.mouse.up()


async def _extend_by_keyboard(visitor: Visitor) -> None:
    await visitor.page.locator("#texte p").first.dblclick(position={"x": 2, "y": 8})
    for _ in range(12):
        await visitor.page.keyboard.press("Shift+ArrowRight")


@pytest.mark.parametrize("select", [_drag_over_a_line, _extend_by_keyboard])
async def test_what_is_selected_in_the_text_becomes_the_passage_of_a_comment(
    arrive: Arrive, texts: dict[str, ContributionSummary], select: object
) -> None:
    assert callable(select)
    visitor = await arrive("editor")
    page = visitor.page
    await visitor.open(f"/contributions/{_of(texts, UNDER_REVIEW).id}/commentaires")
    await select(visitor)
    picked = await _selected(visitor)
    assert len(picked) > 5
    await expect(page.get_by_label("Passage")).to_have_value(picked)
    said = f"D’où cela vient-il ? ({select.__name__})"
    await page.get_by_label("Commentaire").fill(said)
    await expect(page.get_by_label("Passage")).to_have_value(picked)
    await visitor.button("Commenter").click()
    await visitor.says("Commentaire ajouté")
    made = page.get_by_role("listitem").filter(has_text=said)
    await expect(made.get_by_role("blockquote")).to_have_text(picked.strip())
    await expect(made.get_by_text("Ce passage a changé depuis")).to_have_count(0)


async def test_the_contents_lead_to_each_part(arrive: Arrive, texts: dict[str, ContributionSummary]) -> None:
    visitor = await arrive()
    page = visitor.page
    await visitor.open(_of(texts, ORIGINAL).url)
    contents = page.get_by_role("navigation", name="Sommaire")
    links = contents.get_by_role("link")
    assert await links.count() >= 3
    last = links.last
    title = await last.inner_text()
    await last.click()
    await expect(page).to_have_url(re.compile("#section-[a-z0-9-]+$"))
    await expect(page.locator(":target")).to_have_text(title)
    await expect(page.locator(":target")).to_be_in_viewport()

    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(links.first).to_be_hidden()
    await contents.get_by_text("Sommaire").first.click()
    await expect(links.first).to_be_visible()


async def test_a_reader_goes_from_a_text_to_its_translation(
    arrive: Arrive, texts: dict[str, ContributionSummary]
) -> None:
    visitor = await arrive()
    await visitor.open(_of(texts, ORIGINAL).url)
    await visitor.link("Lire en anglais").click()
    await expect(visitor.heading("Heating a neighbourhood with the water of its metro")).to_be_visible()
    await visitor.link("Lire en français").click()
    await expect(visitor.heading(ORIGINAL)).to_be_visible()


async def test_what_is_printed_is_the_text_its_sources_and_how_to_cite_it(
    arrive: Arrive, texts: dict[str, ContributionSummary], tmp_path: Path
) -> None:
    visitor = await arrive()
    page = visitor.page
    await visitor.open(_of(texts, ORIGINAL).url)
    await expect(page.get_by_text("Sur le même sujet").or_(page.locator(".after")).first).to_be_visible()
    await page.emulate_media(media="print")
    for shown in (".prose", ".sources-list", ".about .cite", ".about .address"):
        await expect(page.locator(shown).first).to_be_visible()
    hidden = (".masthead nav", ".masthead .me", ".contents", ".translations", ".about .ways", ".after:not(.in-print)")
    for selector in hidden:
        for one in await page.locator(selector).all():
            await expect(one).to_be_hidden()
    assert _of(texts, ORIGINAL).url in (await page.locator(".about .address").inner_text()).replace("\n", "")
    printed = await page.pdf(path=tmp_path / "text.pdf", format="A4")
    assert printed.startswith(b"%PDF")

    await page.emulate_media(media="screen")
    await visitor.open(_of(texts, CORRECTED).url)
    await page.emulate_media(media="print")
    corrections = page.locator(".after.in-print")
    await expect(corrections.get_by_role("heading", name="Corrections")).to_be_visible()
    await expect(corrections.get_by_text("les années sont dites")).to_be_visible()


async def test_an_invitation_is_followed_to_a_text_written_by_two(arrive: Arrive) -> None:
    author, other = await arrive("expert"), await arrive("citizen")
    await author.open("/contributions/nouvelle")
    await author.page.get_by_label("Titre", exact=True).fill("Deux plumes pour un tramway")
    await author.button("Ajouter une source").click()
    source = author.page.get_by_role("group", name="Source 1")
    await source.get_by_label("Titre").fill("Digital twins")
    await source.get_by_label("DOI").fill("https://doi.org/10.1177/2399808318796416")
    await author.button(author.words.save).click()
    await author.says(author.words.saved)
    await author.page.goto(author.page.url.replace("/modifier", "/auteurs"))
    await author.button("Créer un lien d’invitation").click()
    link = await author.page.get_by_role("textbox", name="Le lien de votre invitation").input_value()

    await other.page.goto(link)
    await other.button("Accepter").click()
    await other.says("Vous êtes auteur de ce texte")
    await expect(other.link("doi:10.1177/2399808318796416")).to_be_visible()
    await other.link("Modifier", exact=True).click()
    await expect(other.page.get_by_role("group", name="Source 1").get_by_label("Titre")).to_have_value("Digital twins")
