"""One's picture, another address, erasing one's account; and an admin who grants, suspends and lifts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.test_account_journey import PASSWORD, follow_mail, sign_in
from tests.journeys.test_account_journey import SAID as ACCOUNT
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH, FRENCH, Words
from tests.services.identity.people import an_image
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Said:
    """What the pages and mails of this journey say."""

    words: Words
    picture: str
    show: str
    shown: str
    portrait: str
    take_away: str
    gone: str
    new_address: str
    address_mail: str
    address_changed: str
    erase: str
    erased: str
    account_form: str
    grant: str
    granted: str
    suspend: str
    reason: str
    suspended: str
    is_suspended: str
    lift: str
    lifted: str


SAID = {
    "fr": Said(
        FRENCH, "Photo", "Montrer cette photo", "Votre photo est en place", "Portrait : Léa Martin", "Retirer ma photo",
        "Votre photo est retirée", "Nouvelle adresse", "Confirmez votre nouvelle adresse pour Demain",
        "Votre compte a sa nouvelle adresse", "Effacer définitivement", "Votre compte est effacé", "Accorder un rôle",
        "Accorder", "Rôle accordé", "Suspendre", "Motif", "Compte suspendu", "Votre compte est suspendu",
        "Lever la suspension", "Suspension levée",
    ),
    "en": Said(
        ENGLISH, "Picture", "Show this picture", "Your picture is in place", "Portrait: Léa Martin",
        "Take my picture away", "Your picture is taken away", "New address", "Confirm your new address for Demain",
        "Your account has its new address", "Erase for good", "Your account is erased", "Grant a role", "Grant",
        "Role granted", "Suspend", "Reason", "Account suspended", "Your account is suspended", "Lift the suspension",
        "Suspension lifted",
    ),
}  # fmt: skip


async def arrived(arrive: Arrive, language: str, address: str) -> Visitor:
    """Somebody new, with an account, signed in; JavaScript off."""
    said = ACCOUNT[language]
    visitor = await arrive("", said.words, java_script_enabled=False)
    await visitor.open("/inscription")
    await visitor.page.get_by_label(said.name).fill("Léa Martin")
    await visitor.page.get_by_label(said.words.email).fill(address)
    await visitor.page.get_by_label(said.words.password).fill(PASSWORD)
    await visitor.button(said.open_mine).click()
    await expect(visitor.heading(said.look)).to_be_visible()
    await follow_mail(visitor, said.verify_mail, address)
    await visitor.page.get_by_label(said.words.password).fill(PASSWORD)
    await visitor.button(said.confirm).click()
    await visitor.says(said.welcome)
    return visitor


@pytest.mark.parametrize("language", SAID)
async def test_a_picture_another_address_and_the_end(arrive: Arrive, language: str) -> None:
    said, address, newer = SAID[language], f"part-{language}@demain.example", f"partie-{language}@ville.example"
    visitor = await arrived(arrive, language, address)
    page = visitor.page

    await visitor.open("/mon-espace/profil")
    await page.get_by_label(said.picture).set_input_files(
        {"name": "moi.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"}
    )
    await visitor.button(said.show).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label(said.picture).set_input_files(
        {"name": "moi.png", "mimeType": "image/png", "buffer": an_image(300, 400)}
    )
    await visitor.button(said.show).click()
    await visitor.says(said.shown)
    portrait = page.get_by_role("img", name=re.compile(said.portrait.partition(":")[0]))
    await expect(portrait).to_be_visible()
    await expect(portrait).to_have_js_property("naturalWidth", 300)
    await visitor.button(said.take_away).click()
    await visitor.says(said.gone)
    await expect(portrait).to_have_count(0)

    await visitor.open("/mon-espace/adresse")
    await page.get_by_label(said.new_address).fill(newer)
    await page.get_by_label(said.words.password).fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").click()
    await follow_mail(visitor, said.address_mail, newer)
    await page.get_by_label(said.words.password).fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").click()
    await visitor.says(said.address_changed)

    elsewhere = await arrive("", said.words)
    await sign_in(elsewhere, newer, PASSWORD)
    await elsewhere.says(said.words.signed_in)
    await visitor.open("/mon-espace/effacer")
    await page.get_by_label(said.words.password).fill(PASSWORD)
    await visitor.button(said.erase).click()
    await visitor.says(said.erased)
    assert (await visitor.context.cookies()) == [] or all(
        one["name"] != "demain_session" for one in await visitor.context.cookies()
    )

    async def is_out() -> bool:
        await elsewhere.open("/")
        return await elsewhere.page.get_by_role("banner").get_by_text("Léa Martin").count() == 0

    await eventually(is_out)
    await sign_in(elsewhere, newer, PASSWORD)
    await expect(elsewhere.page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("language", SAID)
async def test_an_admin_grants_suspends_and_lifts(arrive: Arrive, language: str) -> None:
    said, address = SAID[language], f"tenue-{language}@demain.example"
    visitor, admin = await arrived(arrive, language, address), await arrive("admin", SAID[language].words)

    await admin.open(f"/administration/comptes?q={address}")
    await admin.page.get_by_role("main").get_by_role("link", name="Léa Martin").click()
    await admin.page.get_by_label(said.account_form).select_option("expert")
    await admin.button(said.grant).click()
    await admin.says(said.granted)
    account = (await admin.path()).removeprefix(said.words.prefix)

    await admin.open(f"{account}/suspendre")
    await admin.page.get_by_label(said.reason).fill("Trois messages publicitaires.")
    await admin.button(said.suspend).click()
    await admin.says(said.suspended)
    await expect(admin.page.get_by_text("Trois messages publicitaires.")).to_be_visible()

    async def is_out() -> bool:
        await visitor.open("/mon-espace")
        return "/connexion" in await visitor.path()

    await eventually(is_out)
    await sign_in(visitor, address, PASSWORD)
    await expect(visitor.heading(said.is_suspended)).to_be_visible()

    await admin.button(said.lift).click()
    await admin.says(said.lifted)
    await sign_in(visitor, address, PASSWORD)
    await visitor.says(said.words.signed_in)
