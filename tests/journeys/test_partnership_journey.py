"""A start-up applies, is reviewed by somebody without a conflict, accepted, and what it tests is found."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from shared.clients.identity import IdentityClient
from shared.clients.partners import PartnersClient
from tests.journeys import accounts, partnership
from tests.journeys.accounts import SAID
from tests.journeys.conftest import Arrive
from tests.journeys.instance import Platform
from tests.journeys.partnership import CRITERIA, Story, field
from tests.support.browser import axe

pytestmark = pytest.mark.browser

STORY = Story(
    call="De l’eau de pluie pour le gymnase des Tanneurs",
    title="La citerne du gymnase des Tanneurs",
    summary="Trente mille litres de pluie pour les douches d’un gymnase, sans potabilisation.",
    proposal="La citerne tient sous le parking, et se vide avant chaque orage.",
    query="citerne gymnaze tanneurs",
)
QUIET = Story(
    call="De l’ombre pour la cour des Fileuses",
    title="Une treille pour la cour des Fileuses",
    summary="Quarante plants, deux étés.",
    proposal="La treille pousse sur des câbles que la régie peut démonter.",
    query="treille fileuses",
)
BECAUSE = "Un essai que d’autres pourront refaire, et des riverains qui peuvent dire stop."


async def test_a_start_up_is_accepted_and_what_it_tests_is_found(arrive: Arrive, demain: Platform) -> None:
    organizer = await arrive("organizer")
    call = await partnership.launch(organizer, STORY)

    # Nothing written: nothing is submitted, and it is said what is missing.
    partner = await arrive("partner")
    await partnership.begin(partner, call)
    await partner.button("Enregistrer et soumettre…").click()
    await partner.button("Soumettre la candidature").click()
    await expect(partner.page.get_by_role("alert")).to_contain_text("Titre, Chapeau, Proposition")
    await partner.page.get_by_role("main").get_by_role("link", name="Modifier", exact=True).click()

    # The draft saves itself, and survives the browser.
    await partnership.write(partner, STORY)
    await expect(partner.page.get_by_text(re.compile(r"Enregistré à \d\d:\d\d"))).to_be_visible()
    await partner.context.close()
    partner = await arrive("partner")
    await partner.open("/mon-espace")
    await partner.link(STORY.title).click()
    await expect(field(partner, "Proposition")).to_have_value(re.compile(re.escape(STORY.proposal)))
    assert not await axe.violations(partner.page)
    application = await partnership.submit(partner)

    # One with a conflict is refused, whatever it is; one without reviews.
    await organizer.open("/mon-espace")
    await organizer.link(re.compile(f"Soumise.*1.*{STORY.call}")).click()
    await organizer.link(STORY.title).click()
    assert await organizer.path() == application
    await partnership.assign(organizer, await partnership.person_of(demain, "partner"))
    await expect(organizer.page.get_by_role("alert")).to_contain_text("appartient à l’organisation candidate")
    colleague = await _colleague(arrive, demain)
    await partnership.assign(organizer, colleague)
    await expect(organizer.page.get_by_role("alert")).to_contain_text("du même domaine")
    await partnership.assign(organizer, await partnership.person_of(demain, "reviewer"))
    await organizer.says("Évaluateur désigné.")
    await expect(organizer.page.get_by_role("main")).to_contain_text("Hélène Vasseur, n’a pas commencé")

    reviewer = await arrive("reviewer")
    await reviewer.open("/mon-espace")
    await reviewer.link(STORY.title).click()
    await reviewer.button("Rendre l’évaluation").click()
    alert = reviewer.page.get_by_role("alert")
    await expect(alert).to_be_focused()
    await expect(alert).to_contain_text("3 points à revoir")
    await field(reviewer, CRITERIA[0]).fill("4")
    await field(reviewer, CRITERIA[1]).fill("5")
    await field(reviewer, "Votre avis").fill("Le débit a été mesuré, pas supposé.")
    await reviewer.button("Rendre l’évaluation").click()
    await reviewer.says("Évaluation rendue.")

    # The applicant sees where it stands, and never who reviews.
    await partner.open(application)
    await expect(partner.page.get_by_role("main")).to_contain_text("en évaluation. Ensuite : une décision motivée")
    await expect(partner.page.get_by_text("Vasseur")).to_have_count(0)

    await organizer.open(application)
    await expect(organizer.page.get_by_role("main")).to_contain_text("en moyenne 88 sur 100")
    await organizer.link("Accepter", exact=True).click()
    await field(organizer, "Pourquoi").fill(BECAUSE)
    await organizer.button("Accepter la candidature").click()
    await organizer.says("Candidature acceptée.")

    await partner.page.reload()
    await expect(partner.page.get_by_text(BECAUSE)).to_be_visible()
    await partner.link("Le partenariat").click()
    await partner.link("Préparer un démonstrateur").click()
    await expect(field(partner, "Titre")).to_have_value(STORY.title)
    await field(partner, "Lieu").fill("Gymnase des Tanneurs, sous le parking")
    await field(partner, "Ce que l’on essaie").fill(STORY.proposal)
    await field(partner, "Dernier jour").fill("2027-10-31")
    await partner.page.get_by_role("checkbox", name="Lyon", exact=True).check()
    await partner.button("Enregistrer le brouillon").click()
    await partner.says("Démonstrateur enregistré comme brouillon.")

    citizen = await arrive()
    await partnership.finds_nothing(citizen, STORY.title)
    await partner.link("Publier", exact=True).click()
    await partner.button("Publier maintenant").click()
    await partner.says("Démonstrateur publié.")
    await partner.link("Ajouter un résultat").click()
    await field(partner, "Ce qui a été constaté").fill("Les douches ont tenu tout juin.")
    await field(partner, "Grandeur mesurée").fill("Eau potable épargnée")
    await field(partner, "Valeur").fill("62,5")
    await field(partner, "Unité").fill("%")
    await partner.button("Ajouter ce résultat").click()
    await partner.says("Résultat ajouté.")

    await partnership.is_found(citizen, STORY.query, STORY.title)
    await expect(citizen.heading(STORY.title)).to_be_visible()
    await expect(citizen.page.get_by_text("Gymnase des Tanneurs, sous le parking")).to_be_visible()
    await expect(citizen.page.get_by_text(re.compile("62,5.%"))).to_be_visible()
    await citizen.link("Calories douces").click()
    await expect(citizen.link(STORY.title)).to_be_visible()


async def test_a_late_draft_is_kept_and_everything_works_without_javascript(arrive: Arrive, demain: Platform) -> None:
    organizer = await arrive("organizer", java_script_enabled=False)
    call = await partnership.launch(organizer, QUIET)

    partner = await arrive("partner", java_script_enabled=False)
    await partnership.begin(partner, call)
    await partnership.write(partner, QUIET)
    await partner.button("Enregistrer le brouillon").click()
    await partner.says("Brouillon enregistré.")
    editor = await partner.path()

    await _bring_forward(demain, call.split("/")[2], -timedelta(minutes=1))
    await field(partner, "Chapeau").fill("Quarante plants, trois étés.")
    await partner.button("Enregistrer et soumettre…").click()
    await expect(partner.heading("Ce n’est pas possible maintenant")).to_be_visible()
    main = partner.page.get_by_role("main")
    await expect(main).to_contain_text("La date limite était le")
    await expect(main).to_contain_text("Votre brouillon est gardé tel quel")
    await partner.open(editor)
    await expect(field(partner, "Chapeau")).to_have_value("Quarante plants, trois étés.")
    await expect(partner.button("Enregistrer et soumettre…")).to_have_count(0)
    await partner.open(call)
    await expect(partner.heading("Appel clos")).to_be_visible()
    await expect(partner.link("Répondre à cet appel")).to_have_count(0)

    await _bring_forward(demain, call.split("/")[2], timedelta(days=2))
    await partner.open(editor)
    application = await partnership.submit(partner)
    await partner.link("Retirer la candidature").click()
    await partner.button("Retirer définitivement").click()
    await partner.says("Candidature retirée.")
    await organizer.open(application)
    await expect(organizer.page.get_by_role("main")).to_contain_text("par l’organisation. Il n’y a pas de suite.")


async def test_a_call_is_answered_by_keyboard(arrive: Arrive, demain: Platform) -> None:
    organizer = await arrive("organizer")
    await partnership.launch(organizer, Story("Par le clavier", "", "", "", ""))
    partner = await arrive("partner")
    page = partner.page
    await partner.open("/appels")

    async def tab_to(name: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            said = await page.evaluate("() => (document.activeElement.textContent || '').trim()")
            if said.startswith(name):
                return
        raise AssertionError(f"{name!r} is not reached")

    for name, then in (
        ("Par le clavier", "Par le clavier"),
        ("Répondre à cet appel", "Répondre à un appel"),
        ("Commencer le brouillon", "Votre candidature"),
    ):
        await tab_to(name)
        await page.keyboard.press("Enter")
        await expect(partner.page.get_by_role("heading", level=1, name=then)).to_be_visible()
    await partner.says("Brouillon commencé.")


async def _colleague(arrive: Arrive, demain: Platform) -> str:
    """Somebody new whose address is at the start-up's domain; the address of their page."""
    address = "collegue@calories-douces.example"
    visitor = await arrive()
    await accounts.sign_up(visitor, SAID["fr"], address, "Ida Nilsson")
    await accounts.follow_mail(visitor, SAID["fr"].verify_mail, address)
    await visitor.page.get_by_label(visitor.words.password).fill(accounts.PASSWORD)
    await visitor.button(SAID["fr"].confirm).click()
    await visitor.says(SAID["fr"].welcome)
    await visitor.open("/mon-espace")
    href = await visitor.link("Ma page publique").get_attribute("href")
    assert href is not None
    return demain.url + href


async def _bring_forward(demain: Platform, call: str, later: timedelta) -> None:
    """Set a call's deadline so much after now."""
    account = demain.account("organizer")
    async with IdentityClient(demain.url) as identity, PartnersClient(demain.url) as partners:
        token = (await identity.sign_in(account.email, account.password)).access_token
        stored = await partners.read_call(call, token=token)
        deadline = (datetime.now(UTC) + later).isoformat()
        await partners.edit_call(call, stored.version, {"deadline": deadline}, token=token)
