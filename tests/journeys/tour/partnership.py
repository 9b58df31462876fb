"""Calls, applications, organizations, partnerships and demonstrators."""

from __future__ import annotations

from playwright.async_api import expect

from tests.journeys.tour.stop import Stop, place
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH


async def _wrong_siren(visitor: Visitor) -> None:
    await visitor.page.get_by_role("textbox", name="Nom").fill("Une jeune pousse")
    await visitor.page.get_by_role("textbox", name="SIREN").fill("552 100 555")
    await visitor.button("Enregistrer le brouillon").click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


async def _call_refused(visitor: Visitor) -> None:
    await visitor.page.get_by_role("textbox", name="Titre").fill("Un appel sans heure")
    await visitor.page.get_by_label("Fuseau horaire").fill("Europe/Nulle-Part")
    await visitor.button("Enregistrer le brouillon").click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


async def _member_invited(visitor: Visitor) -> None:
    await visitor.page.get_by_role("textbox", name="Pour qui").fill("Ida")
    await visitor.button("Préparer un lien").click()
    await expect(visitor.heading("Invitation prête")).to_be_visible()


async def _conflicted(visitor: Visitor) -> None:
    await visitor.page.get_by_role("textbox", name="Désigner un évaluateur").fill("quelqu’un")
    await visitor.button("Désigner").click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


async def _unscored(visitor: Visitor) -> None:
    await visitor.button("Rendre l’évaluation").click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


STOPS = {
    "calls": Stop("/appels"),
    "calls-en": Stop("/appels", words=ENGLISH),
    "calls-none": Stop("/appels?state=coming&theme=water"),
    "call-open": Stop(lambda forum: forum.partners.open),
    "call-open-en": Stop(lambda forum: forum.partners.open, words=ENGLISH),
    "call-closed": Stop(lambda forum: forum.partners.closed),
    "call-run": Stop(lambda forum: forum.partners.open, "organizer"),
    "call-editor": Stop("/appels/nouveau", "organizer"),
    "call-editor-refused": Stop("/appels/nouveau", "organizer", act=_call_refused),
    "board": Stop(lambda forum: f"{place(forum.partners.open)}/candidatures", "organizer"),
    "close-call": Stop(lambda forum: f"{place(forum.partners.open)}/etapes/clore", "organizer"),
    "apply": Stop(lambda forum: f"{place(forum.partners.open)}/candidater", "partner"),
    "apply-without": Stop(lambda forum: f"{place(forum.partners.open)}/candidater", "citizen"),
    "organizations": Stop("/organisations"),
    "organization": Stop(lambda forum: forum.partners.organization, "partner"),
    "organization-en": Stop(lambda forum: forum.partners.organization, words=ENGLISH),
    "organization-editor": Stop("/organisations/nouvelle", "partner", act=_wrong_siren),
    "members": Stop(lambda forum: f"{place(forum.partners.organization)}/membres", "partner", act=_member_invited),
    "membership-over": Stop("/organisations/invitation?jeton=un-jeton-qui-ne-vaut-plus", "partner", status=410),
    "demonstrators": Stop("/demonstrateurs"),
    "demonstrator": Stop(lambda forum: forum.partners.demonstrator),
    "demonstrator-en": Stop(lambda forum: forum.partners.demonstrator, words=ENGLISH),
    "demonstrator-kept": Stop(lambda forum: f"{place(forum.partners.demonstrator)}/modifier", "partner"),
    "result": Stop(lambda forum: f"{place(forum.partners.demonstrator)}/resultats", "partner"),
    "partnership": Stop(lambda forum: f"/partenariats/{forum.partners.partnership}", "partner"),
    "partnership-en": Stop(lambda forum: f"/partenariats/{forum.partners.partnership}", "organizer", words=ENGLISH),
    "application-draft": Stop(lambda forum: f"/candidatures/{forum.partners.draft}/modifier", "expert"),
    "application": Stop(lambda forum: f"/candidatures/{forum.partners.accepted}", "partner"),
    "application-judged": Stop(lambda forum: f"/candidatures/{forum.partners.in_review}", "organizer"),
    "application-conflict": Stop(
        lambda forum: f"/candidatures/{forum.partners.in_review}", "organizer", act=_conflicted
    ),
    "application-judged-en": Stop(lambda forum: f"/candidatures/{forum.partners.accepted}", "organizer", words=ENGLISH),
    "accept": Stop(lambda forum: f"/candidatures/{forum.partners.in_review}/etapes/accepter", "organizer"),
    "reviews": Stop("/evaluations", "reviewer"),
    "review": Stop(lambda forum: f"/candidatures/{forum.partners.in_review}/evaluation", "reviewer", act=_unscored),
    "review-handed-in": Stop(lambda forum: f"/candidatures/{forum.partners.accepted}/evaluation", "reviewer"),
    "conflict": Stop(lambda forum: f"/candidatures/{forum.partners.in_review}/conflit", "reviewer"),
    "space-partner": Stop("/mon-espace", "partner"),
    "space-organizer": Stop("/mon-espace", "organizer"),
    "space-reviewer-en": Stop("/mon-espace", "reviewer", words=ENGLISH),
}
