"""Signing in and up, mails, the profile, and the space of somebody."""

from __future__ import annotations

from playwright.async_api import expect

from tests.journeys.tour.stop import Stop
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH


async def _wrong_password(visitor: Visitor) -> None:
    await visitor.page.get_by_label(visitor.words.email).fill("personne@demain.example")
    await visitor.page.get_by_label(visitor.words.password).fill("pas le bon")
    await visitor.page.get_by_role("main").get_by_role("button", name=visitor.words.sign_in).click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


async def _link_over(visitor: Visitor) -> None:
    await visitor.page.get_by_label(visitor.words.password).fill("pas le bon non plus")
    await visitor.button("Confirmer").click()
    await expect(visitor.heading("Ce lien ne vaut plus")).to_be_visible()


async def _mail_sent(visitor: Visitor) -> None:
    await visitor.page.get_by_label(visitor.words.email).fill(
        "une.adresse.plutot.longue.pour.un.telephone@demain.example"
    )
    await visitor.button("Envoyer le courrier").click()
    await expect(visitor.heading("Regardez votre courrier")).to_be_visible()


async def _profile_kept(visitor: Visitor) -> None:
    await visitor.page.get_by_label("Organisme").fill("École d’urbanisme de la Loire")
    await visitor.page.get_by_label("ORCID").fill("0000-0002-1825-0097")
    biography = "Elle relit des dossiers depuis vingt ans.\n\nElle aime les tableaux courts et les phrases longues."
    await visitor.page.get_by_label("Présentation").fill(biography)
    await visitor.button("Enregistrer").click()
    await visitor.says("Votre profil est enregistré.")
    await visitor.link("Ma page publique").click()
    await expect(visitor.page.get_by_text("Elle aime les tableaux courts")).to_be_visible()


async def _profile_refused(visitor: Visitor) -> None:
    await visitor.page.get_by_label("ORCID").fill("0000-0002-1825-0098")
    await visitor.button("Save").click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


STOPS = {
    "sign-in": Stop("/connexion"),
    "sign-in-refused": Stop("/connexion", act=_wrong_password),
    "sign-up-en": Stop("/inscription", words=ENGLISH),
    "sign-up": Stop("/inscription"),
    "verification": Stop("/verification?jeton=x"),
    "verification-refused": Stop("/verification?jeton=x", status=200, act=_link_over),
    "mail-again": Stop("/verification/courrier"),
    "forgotten": Stop("/mot-de-passe-oublie"),
    "forgotten-en": Stop("/mot-de-passe-oublie", words=ENGLISH),
    "forgotten-sent": Stop("/mot-de-passe-oublie", act=_mail_sent),
    "reset": Stop("/nouveau-mot-de-passe?jeton=x"),
    "password": Stop("/mon-espace/mot-de-passe", "reviewer"),
    "ways-in": Stop("/mon-espace/connexions", "reviewer"),
    "ways-in-en": Stop("/mon-espace/connexions", "reviewer", words=ENGLISH),
    "outside-failed": Stop("/connexion/ailleurs/retour?state=x&code=x", status=400),
    "outside-failed-en": Stop("/connexion/ailleurs/arrivee", status=400, words=ENGLISH),
    "outside-confirmation": Stop("/connexion/ailleurs/confirmation?jeton=x"),
    "profile": Stop("/mon-espace/profil", "reviewer"),
    "profile-kept": Stop("/mon-espace/profil", "reviewer", act=_profile_kept),
    "profile-refused-en": Stop("/mon-espace/profil", "reviewer", words=ENGLISH, act=_profile_refused),
    "person": Stop(lambda forum: f"/personnes/{forum.published.authors[0].id}"),
    "person-en": Stop(lambda forum: f"/personnes/{forum.published.authors[0].id}", words=ENGLISH),
    "kept-mail": Stop("/dev/mail"),
    "sign-out": Stop("/deconnexion", "citizen"),
    "space-empty": Stop("/mon-espace", "moderator"),
    "forbidden": Stop("/relecture", "citizen", status=403),
    "space": Stop("/mon-espace", "expert"),
}
