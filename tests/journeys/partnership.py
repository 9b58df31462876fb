"""What people do around a call: launch it, apply, review, decide, show what is tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, expect

from shared.clients.identity import IdentityClient
from tests.journeys.instance import Platform
from tests.journeys.visitor import Visitor
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Story:
    """What is called for, and what is proposed."""

    call: str
    title: str
    summary: str
    proposal: str
    """One sentence of it."""
    query: str
    """With accents and letters missing, as people type."""


CRITERIA = ("Ce que les riverains y gagnent", "Ce que l’essai prouvera")


async def person_of(instance: Platform, role: str) -> str:
    """The address of somebody's public page, as one would copy it."""
    account = instance.account(role)
    async with IdentityClient(instance.url) as identity:
        token = (await identity.sign_in(account.email, account.password)).access_token
        return f"{instance.url}/personnes/{(await identity.me(token)).id}"


def field(visitor: Visitor, name: str) -> Locator:
    """What one types into, by the beginning of its label."""
    return visitor.page.get_by_role("textbox", name=re.compile(f"^{re.escape(name)}"))


async def launch(organizer: Visitor, story: Story) -> str:
    """Write a call, and publish it; its path."""
    page = organizer.page
    await organizer.open("/appels")
    await organizer.link("Lancer un appel").click()
    await field(organizer, "Titre").fill(story.call)
    await field(organizer, "Chapeau").fill("Un lieu, une saison, un essai que d’autres pourront refaire.")
    await field(organizer, "Présentation").fill("La ville ouvre le lieu.\n\nLes mesures sont publiques.")
    deadline = datetime.now(UTC) + timedelta(days=30)
    await field(organizer, "Date limite").fill(deadline.strftime("%Y-%m-%dT18:00"))
    for at, name in enumerate(CRITERIA):
        criterion = page.get_by_role("group", name=f"Critère {at + 1}", exact=True)
        await criterion.get_by_label("Nom", exact=True).fill(name)
        await criterion.get_by_label("Poids").fill(str(3 - at))
    await page.get_by_role("checkbox", name="Eau", exact=True).check()
    await organizer.button("Enregistrer le brouillon").click()
    await organizer.says("Appel enregistré comme brouillon.")
    await organizer.link("Publier", exact=True).click()
    await organizer.button("Publier maintenant").click()
    await organizer.says("Appel publié.")
    return await organizer.path()


async def begin(partner: Visitor, call: str) -> None:
    """Begin a draft for the partner's organization."""
    await partner.open(call)
    await partner.link("Répondre à cet appel").click()
    await partner.page.get_by_role("radio").first.check()
    await partner.button("Commencer le brouillon").click()
    await partner.says("Brouillon commencé.")


async def write(partner: Visitor, story: Story) -> None:
    """Fill in everything a reviewer needs."""
    await partner.page.wait_for_load_state("load")  # the script listens
    await field(partner, "Titre").fill(story.title)
    await field(partner, "Chapeau").fill(story.summary)
    await field(partner, "Proposition").fill(f"{story.proposal}\n\nNous commençons au printemps.")


async def submit(partner: Visitor) -> str:
    """From the editor to what follows; the application's path."""
    await partner.button("Enregistrer et soumettre…").click()
    await partner.button("Soumettre la candidature").click()
    await partner.says("Candidature soumise.")
    await expect(partner.page.get_by_text("des évaluateurs sans lien avec l’organisation vont la lire")).to_be_visible()
    return await partner.path()


async def assign(organizer: Visitor, person: str) -> None:
    """Ask for a reviewer; what is answered is looked at by who calls."""
    await field(organizer, "Désigner un évaluateur").fill(person)
    await organizer.button("Désigner").click()


async def is_found(visitor: Visitor, query: str, title: str) -> None:
    """Wait until search finds it, and go there."""

    async def shown() -> bool:
        await visitor.open(f"/recherche?q={query}")
        return await visitor.page.locator("#results").get_by_role("link", name=title).count() > 0

    await eventually(shown)
    await visitor.page.locator("#results").get_by_role("link", name=title).first.click()


async def finds_nothing(visitor: Visitor, title: str) -> None:
    """No hit names it."""
    await visitor.open(f"/recherche?q={title}")
    await expect(visitor.page.locator("#results").get_by_role("link", name=title)).to_have_count(0)
