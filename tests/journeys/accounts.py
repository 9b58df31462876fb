"""What people do with an account: open it, read its mails, sign in."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import expect

from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH, FRENCH, Words

PASSWORD, OTHER = "la pluie sur les toits", "le fleuve sous les ponts"


@dataclass(frozen=True)
class Said:
    """What the pages and mails of this journey say."""

    words: Words
    open_one: str
    name: str
    open_mine: str
    look: str
    unverified: str
    verify_mail: str
    confirm: str
    welcome: str
    sign_out: str
    forgotten: str
    send: str
    reset_mail: str
    new_password: str
    change: str
    reset_done: str
    already_mail: str


SAID = {
    "fr": Said(
        FRENCH, "Ouvrir un compte", "Nom affiché", "Ouvrir mon compte", "Regardez votre courrier",
        "Confirmez votre adresse", "Confirmez votre adresse pour Demain", "Confirmer", "Votre compte est ouvert",
        "Se déconnecter", "Mot de passe oublié", "Envoyer le courrier", "Choisissez un nouveau mot de passe",
        "Nouveau mot de passe", "Changer le mot de passe", "Votre mot de passe est changé",
        "Vous avez déjà un compte sur Demain",
    ),
    "en": Said(
        ENGLISH, "Open an account", "Display name", "Open my account", "Look at your mail", "Confirm your address",
        "Confirm your address for Demain", "Confirm", "Your account is open", "Sign out", "Forgotten your password",
        "Send the mail", "Choose a new password", "New password", "Change the password", "Your password is changed",
        "You already have an account on Demain",
    ),
}  # fmt: skip


async def follow_mail(visitor: Visitor, subject: str, address: str) -> None:
    """Open the newest mail of that subject to that address, and its first link."""
    await visitor.mailbox.follow(visitor, subject, address)


async def sign_up(visitor: Visitor, said: Said, address: str, name: str = "Léa Martin") -> None:
    await visitor.open("/connexion")
    await visitor.link(said.open_one).click()
    await visitor.page.get_by_label(said.name).fill(name)
    await visitor.page.get_by_label(visitor.words.email).fill(address)
    await visitor.page.get_by_label(visitor.words.password).fill(PASSWORD)
    await visitor.button(said.open_mine).click()
    await expect(visitor.heading(said.look)).to_be_visible()


async def sign_in(visitor: Visitor, address: str, password: str) -> None:
    await visitor.open("/connexion")
    await visitor.page.get_by_label(visitor.words.email).fill(address)
    await visitor.page.get_by_label(visitor.words.password).fill(password)
    await visitor.page.get_by_role("main").get_by_role("button", name=visitor.words.sign_in, exact=True).click()
