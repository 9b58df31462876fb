"""The expert's journey, whole: from opening an account to the withdrawal of what it published, in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import expect

from tests.journeys import accounts, editorial
from tests.journeys.accounts import PASSWORD, SAID, Said
from tests.journeys.conftest import Arrive
from tests.journeys.editorial import Text
from tests.journeys.visitor import Visitor
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

CATALOGUE = Path("services/web/locale/en/LC_MESSAGES/demain.po")


@cache
def _english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


@dataclass(frozen=True)
class Plot:
    """What is written in this journey, in one language."""

    said: Said
    text: Text
    typed: str
    """What is typed before the browser is closed."""
    request: str
    remark: str
    passage: str
    answer: str
    correction: str
    why_corrected: str
    why_withdrawn: str
    query: str
    found_by: str

    def __call__(self, french: str) -> str:
        """A sentence of the site in this language."""
        return french if self.said.words.prefix == "" else _english()[french]


PLOTS = {
    "fr": Plot(
        SAID["fr"],
        Text(
            title="Ce que les toits plats savent de l’orage",
            summary="Trois étés de mesures sur douze toits, et ce que les égouts n’ont pas reçu.",
            body="## Douze toits\n\nUn toit planté retient **un tiers** de l’averse et rend le reste lentement.\n",
            spoken="rend le reste lentement",
        ),
        "La première phrase d’un brouillon que personne n’a enregistré.",
        "Dites sur quels étés portent les mesures.",
        "Un tiers en moyenne, ou au mieux ?",
        "un tiers",
        "Les mesures portent sur les étés 2021 à 2023.",
        "rend le reste en six heures",
        "La durée, mesurée depuis, manquait.",
        "Deux propriétaires ont demandé que leurs chiffres ne paraissent pas.",
        "toit plat orages",
        "toits plats",
    ),
    "en": Plot(
        SAID["en"],
        Text(
            title="What flat roofs know of a thunderstorm",
            summary="Three summers of measurements on twelve roofs, and what the sewers never received.",
            body="## Twelve roofs\n\nA planted roof holds back **a third** of a storm and lets the rest go slowly.\n",
            spoken="lets the rest go slowly",
        ),
        "The first sentence of a draft that nobody saved.",
        "Say which summers were measured.",
        "A third on average, or at best?",
        "a third",
        "The summers of 2021 to 2023 were measured.",
        "lets the rest go within six hours",
        "How long it takes, measured since, was missing.",
        "Two owners asked that their figures do not appear.",
        "flat roof thunderstrom",
        "flat roofs",
    ),
}


async def _become(visitor: Visitor, plot: Plot, address: str, name: str) -> None:
    """Open an account, and confirm the address from the mail that stands in the mail folder."""
    await accounts.sign_up(visitor, plot.said, address, name)
    await accounts.follow_mail(visitor, plot.said.verify_mail, address)
    await visitor.page.get_by_label(plot.said.words.password).fill(PASSWORD)
    await visitor.button(plot.said.confirm).click()
    await visitor.says(plot.said.welcome)


async def _grant_expert(admin: Visitor, plot: Plot, address: str, name: str) -> None:
    """Find the account in the administration, and give it the role."""
    await admin.open(f"/administration/comptes?q={address}")
    await admin.page.get_by_role("main").get_by_role("link", name=name).click()
    await admin.page.get_by_label(plot("Accorder un rôle")).select_option("expert")
    await admin.button(plot("Accorder")).click()
    await admin.says(plot("Rôle accordé. Il vaut dans les cinq minutes."))


async def _type_and_leave(author: Visitor, plot: Plot) -> None:
    """Begin a draft, wait until it was saved as it was typed, and close the browser."""
    await author.open("/contributions/nouvelle")
    await author.page.get_by_label(plot.said.words.body, exact=True).fill(plot.typed)
    # Last, for without a title nothing is kept: what is kept has both.
    await author.page.get_by_label(plot.said.words.title, exact=True).fill(plot.text.title)

    await author.page.wait_for_url(re.compile("/modifier$"))  # where the draft is edited once it is kept
    await author.context.close()


async def _take_up_again(author: Visitor, plot: Plot) -> None:
    """Find the draft in my space, in another browser, and finish it."""
    page, words = author.page, plot.said.words
    await author.open("/mon-espace")
    await author.link(plot.text.title).click()
    await expect(page.get_by_label(words.body, exact=True)).to_have_value(re.compile(re.escape(plot.typed)))
    await page.get_by_label(words.summary).fill(plot.text.summary)
    await page.get_by_role("radio", name=re.compile(rf"^{words.study}\b")).check()
    await page.get_by_label(words.body, exact=True).fill(plot.text.body)
    await page.get_by_role("checkbox", name=words.energy, exact=True).check()
    await page.get_by_role("checkbox", name=words.territory, exact=True).check()
    await editorial.submit(author)


async def _request_changes(editor: Visitor, plot: Plot) -> None:
    """Comment on a passage, then ask for changes."""
    page, words = editor.page, plot.said.words
    await editor.open("/relecture")
    await page.get_by_role("heading", name=plot.text.title).get_by_role("link").click()
    await editor.link(plot("Commentaires"), exact=True).click()
    await page.get_by_label(re.compile(f"^{plot('Passage')}")).fill(plot.passage)
    await page.get_by_label(plot("Commentaire"), exact=True).fill(plot.remark)
    await editor.button(plot("Commenter")).click()
    await editor.says(plot("Commentaire ajouté. Ses auteurs et la rédaction le lisent."))
    await editor.link(plot.text.title).first.click()
    await editor.link(plot("Demander des modifications"), exact=True).click()
    await page.get_by_role("textbox").last.fill(plot.request)
    await editor.button(plot("Demander ces modifications")).click()
    await editor.says(plot("Demande envoyée. L’auteur peut reprendre le texte, puis le soumettre de nouveau."))
    assert await editor.path() == f"{words.prefix}/relecture"


async def _answer_changes(author: Visitor, plot: Plot) -> None:
    """Read what was asked for, answer in the text, submit again."""
    page, words = author.page, plot.said.words
    await author.open("/mon-espace")
    await expect(page.get_by_role("heading", name=plot("Modifications demandées"))).to_be_visible()
    await author.link(plot.text.title).click()
    await expect(page.get_by_text(plot.request)).to_be_visible()
    await page.get_by_label(words.body, exact=True).fill(f"{plot.text.body}\n{plot.answer}\n")
    await author.button(plot("Enregistrer et soumettre de nouveau…")).click()
    await author.button(words.submit).click()
    await author.says(words.submitted)


async def _correct(editor: Visitor, plot: Plot, path: str) -> None:
    """Correct what is published, with the reason its readers are told."""
    page, words = editor.page, plot.said.words
    await editor.open(path)
    await editor.link(plot("Modifier"), exact=True).click()
    body = page.get_by_label(words.body, exact=True)
    await body.fill((await body.input_value()).replace(plot.text.spoken, plot.correction))
    await page.get_by_label(plot("Motif de la correction")).fill(plot.why_corrected)
    await editor.button(plot("Publier la correction")).click()
    await editor.says(plot("Correction publiée. Les lecteurs voient son motif et ce qui a changé."))


async def _see_correction(reader: Visitor, plot: Plot, path: str) -> None:
    """The text, the reason of its correction, and what changed in the words."""
    page = reader.page

    async def is_there() -> bool:
        """A message has to travel first."""
        await reader.open(path)
        return await page.get_by_role("article").get_by_text(plot.correction).is_visible()

    await eventually(is_there)
    await expect(page.get_by_text(plot.why_corrected)).to_be_visible()
    await reader.link(re.compile(plot("voir ce qui a changé"))).click()
    gone, new = page.locator(".changes del"), page.locator(".changes ins")
    assert await gone.count() and await new.count(), "the diff marks nothing"
    assert plot.correction.split()[-1] in " ".join(await new.all_inner_texts())


async def _in_feeds(reader: Visitor, id: str) -> list[str]:
    """Which feeds name it."""
    prefix = reader.words.prefix
    paths = [f"{prefix}/contributions.atom{of}" for of in ("", "?theme=energy", "?territory=nantes")]
    found = []
    for path in paths:
        answer = await reader.context.request.get(reader.origin + path)
        assert answer.status == 200, f"{path}: {answer.status}"
        found += [path] * (id in await answer.text())
    return found


@pytest.mark.parametrize("language", PLOTS)
async def test_from_an_account_to_a_withdrawal(arrive: Arrive, language: str) -> None:
    plot, address, name = PLOTS[language], f"camille-{language}@demain.example", f"Camille Roux {language}"
    words = plot.said.words
    newcomer = await arrive("", words)
    await _become(newcomer, plot, address, name)
    await _grant_expert(await arrive("admin", words), plot, address, name)

    # A role shows with the next sign-in, or within the five minutes a token lives.
    author = await arrive("", words)
    await accounts.sign_in(author, address, PASSWORD)
    await author.says(words.signed_in)
    await _type_and_leave(author, plot)
    author = await arrive("", words)
    await accounts.sign_in(author, address, PASSWORD)
    await author.says(words.signed_in)
    await _take_up_again(author, plot)

    editor = await arrive("editor", words)
    await _request_changes(editor, plot)
    await _answer_changes(author, plot)
    path = await editorial.publish(editor, plot.text)
    id = path.split("/")[2]

    reader = await arrive("", words)
    await editorial.is_found(reader, plot.query, id)
    await reader.open(f"/recherche?q={plot.query}")
    await reader.page.locator("#results").get_by_role("link", name=plot.text.title).click()
    await expect(reader.page.get_by_text(plot.answer)).to_be_visible()
    assert len(await _in_feeds(reader, id)) == 3

    await _correct(editor, plot, path)
    await _see_correction(reader, plot, path)

    await editorial.withdraw(author, plot.text, plot.why_withdrawn)
    await editorial.is_gone(reader, path)
    await expect(reader.page.get_by_text(plot.why_withdrawn)).to_be_visible()
    await editorial.is_shown_nowhere(reader, plot.text, plot.query, id)
    assert not await _in_feeds(reader, id)
