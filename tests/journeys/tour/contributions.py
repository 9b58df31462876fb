"""Contributions: published, written, reviewed, corrected, translated, withdrawn."""

from __future__ import annotations

from playwright.async_api import expect

from tests.journeys.tour.stop import Stop
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH


async def _incomplete(visitor: Visitor) -> None:
    await visitor.page.get_by_label(visitor.words.title, exact=True).fill("Un titre et rien d’autre")
    await visitor.button(visitor.words.save_and_submit).click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


async def _invited(visitor: Visitor) -> None:
    await visitor.page.get_by_label("Pour qui").fill("Le laboratoire de la Loire")
    await visitor.button("Créer un lien d’invitation").click()
    await expect(visitor.page.get_by_role("textbox", name="Le lien de votre invitation")).to_be_visible()


async def _source_added(visitor: Visitor) -> None:
    await visitor.button("Add a source").click()
    await expect(visitor.page.get_by_role("group", name="Source 1")).to_be_visible()


async def _source_refused(visitor: Visitor) -> None:
    await visitor.button("Ajouter une source").click()
    source = visitor.page.get_by_role("group", name="Source 1")
    await source.get_by_label("Titre").fill("L’ombre et le banc : une enquête")
    await source.get_by_label("DOI").fill("10.1/x")
    await visitor.button("Ajouter une source").click()
    await visitor.page.get_by_role("group", name="Source 2").get_by_label("Année").fill("an II")
    await visitor.button(visitor.words.save).click()
    await expect(visitor.page.get_by_role("alert")).to_be_focused()


STOPS = {
    "contribution": Stop(lambda forum: forum.published.url),
    "contribution-en": Stop(lambda forum: forum.english, words=ENGLISH),
    "withdrawn": Stop(lambda forum: forum.withdrawn.url, status=410),
    "withdrawn-en": Stop(lambda forum: forum.withdrawn.url, status=410, words=ENGLISH),
    "editor-of-a-citizen": Stop("/contributions/nouvelle", "citizen"),
    "editor": Stop("/contributions/nouvelle", "expert"),
    "editor-en": Stop("/contributions/nouvelle", "expert", words=ENGLISH),
    "editor-incomplete": Stop("/contributions/nouvelle", "expert", act=_incomplete),
    "editor-of-a-draft": Stop(lambda forum: f"/contributions/{forum.draft.id}/modifier", "expert"),
    "draft": Stop(lambda forum: forum.draft.url, "expert"),
    "returned": Stop(lambda forum: forum.returned.url, "expert"),
    "returned-en": Stop(lambda forum: f"/contributions/{forum.returned.id}/modifier", "expert", words=ENGLISH),
    "scheduled": Stop(lambda forum: forum.scheduled.url, "editor"),
    "schedule": Stop(lambda forum: f"/contributions/{forum.submitted.id}/etapes/programmer", "editor"),
    "comments": Stop(lambda forum: f"/contributions/{forum.submitted.id}/commentaires", "editor"),
    "comments-en": Stop(lambda forum: f"/contributions/{forum.returned.id}/commentaires", "expert", words=ENGLISH),
    "authors": Stop(lambda forum: f"/contributions/{forum.draft.id}/auteurs", "expert", act=_invited),
    "authors-en": Stop(lambda forum: f"/contributions/{forum.published.id}/auteurs", "expert", words=ENGLISH),
    "invitation": Stop(lambda forum: forum.invitation, "citizen"),
    "invitation-over": Stop("/contributions/invitation?jeton=x", "citizen", status=410),
    "translations": Stop(lambda forum: f"/contributions/{forum.published.id}/traductions", "expert"),
    "translated": Stop(lambda forum: forum.english, "editor"),
    "editor-sources": Stop(lambda forum: f"/contributions/{forum.draft.id}/modifier", "expert", act=_source_refused),
    "editor-sources-en": Stop("/contributions/nouvelle", "expert", words=ENGLISH, act=_source_added),
    "corrected": Stop(lambda forum: forum.corrected.url),
    "correction": Stop(lambda forum: f"/contributions/{forum.corrected.id}/modifier", "editor"),
    "revisions": Stop(lambda forum: f"/contributions/{forum.corrected.id}/revisions", "expert"),
    "revision": Stop(lambda forum: f"/contributions/{forum.corrected.id}/revisions/2"),
    "diff": Stop(lambda forum: f"/contributions/{forum.corrected.id}/revisions/2/3"),
    "diff-en": Stop(lambda forum: f"/contributions/{forum.corrected.id}/revisions/2/3", words=ENGLISH),
    "own-contribution": Stop(lambda forum: forum.published.url, "expert"),
    "withdraw": Stop(lambda forum: f"/contributions/{forum.published.id}/etapes/retirer", "expert"),
    "not-possible": Stop(lambda forum: f"/contributions/{forum.published.id}/etapes/soumettre", "expert", status=409),
    "queue": Stop("/relecture", "editor"),
    "queue-en": Stop("/relecture", "editor", words=ENGLISH),
    "submitted": Stop(lambda forum: forum.submitted.url, "editor"),
    "publish": Stop(lambda forum: f"/contributions/{forum.submitted.id}/etapes/publier", "editor"),
    "return": Stop(lambda forum: f"/contributions/{forum.submitted.id}/etapes/renvoyer", "editor"),
}
