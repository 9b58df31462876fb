"""Every page, on a phone and on a wide screen, light and dark: axe finds nothing, nothing sticks out.

``DEMAIN_SHOTS=folder`` keeps a picture of each, to be looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.forum import Forum, tell
from tests.journeys.instance import Instance
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH, FRENCH, Words
from tests.services.events import schedules
from tests.support.browser.looking import looks

pytestmark = pytest.mark.browser

FIRST_EVENT = ("schedule", "conference", "days", 0, "rooms", schedules.ROOMS[0], 0)

Act = Callable[[Visitor], Awaitable[None]]


async def _nothing(_visitor: Visitor) -> None:
    """Only look."""


async def _suggested(visitor: Visitor) -> None:
    await visitor.page.get_by_role("combobox").fill("ville")
    await expect(visitor.page.get_by_role("option").first).to_be_visible()


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


async def _filters_open(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 390, "height": 844})
    await visitor.page.get_by_text(visitor.words.refine, exact=False).first.click()
    await expect(visitor.page.get_by_role("group", name=re.compile("Genre|Kind"))).to_be_visible()


async def _undated(visitor: Visitor) -> None:
    page = visitor.page
    await page.get_by_label("Titre", exact=True).fill("Un forum sans jour")
    await page.get_by_label("Premier jour").fill("2027-05-03")
    await page.get_by_label("Dernier jour").fill("2027-05-01")
    await visitor.button("Enregistrer le brouillon").click()
    await expect(page.get_by_role("alert")).to_be_focused()


async def _taken(visitor: Visitor) -> None:
    """In the room and at the hour of another session."""
    page = visitor.page
    await page.get_by_label("Titre", exact=True).fill("Une session de trop")
    day = (await page.get_by_label("Début").input_value())[:10]
    await page.get_by_label("Début").fill(f"{day}T09:45")
    await visitor.button("Ajouter au programme").click()
    await expect(page.get_by_text("Session en cause")).to_be_visible()


async def _upload(visitor: Visitor, document: object) -> None:
    content = json.dumps(document).encode()
    await visitor.page.get_by_label("Fichier schedule.json").set_input_files(
        {"name": "schedule.json", "mimeType": "application/json", "buffer": content}
    )
    await visitor.button("Voir ce qui changerait").click()


async def _malformed(visitor: Visitor) -> None:
    await _upload(visitor, schedules.changed(schedules.document(), *FIRST_EVENT, "duration", to="bientôt"))
    await expect(visitor.page.get_by_text("Ce fichier a été refusé en entier").first).to_be_visible()


async def _uploaded(visitor: Visitor) -> None:
    await _upload(visitor, schedules.document())
    await expect(visitor.heading("Ce que ce fichier changerait")).to_be_visible()


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


def _place(path: str) -> str:
    """A thing's address without its slug."""
    return path.rpartition("/")[0]


@dataclass(frozen=True)
class Stop:
    """A page to look at."""

    path: str | Callable[[Forum], str]
    role: str = ""
    status: int = 200
    words: Words = FRENCH
    act: Act = _nothing


STOPS = {
    "home": Stop("/"),
    "home-en": Stop("/", words=ENGLISH),
    "home-suggestions": Stop("/", act=_suggested),
    "list": Stop("/contributions"),
    "list-nothing": Stop("/contributions?kind=idea&theme=water&territory=outre-mer"),
    "themes": Stop("/themes"),
    "themes-en": Stop("/themes", words=ENGLISH),
    "territories": Stop("/territoires"),
    "theme": Stop("/themes/mobility"),
    "territory-en": Stop("/territoires/france", words=ENGLISH),
    "territory": Stop("/territoires/outre-mer"),
    "classification": Stop("/administration/territoires", "editor"),
    "classification-en": Stop("/administration/themes", "editor", words=ENGLISH),
    "add-a-territory": Stop("/administration/territoires/ajouter", "editor"),
    "change-a-theme": Stop("/administration/themes/mobility", "editor"),
    "merge-territories": Stop("/administration/territoires/lyon/fusionner", "editor"),
    "search": Stop("/recherche?q=energie+mobilitee"),
    "search-all": Stop("/recherche"),
    "search-filtered-en": Stop("/recherche?q=water&kind=study", words=ENGLISH, act=_filters_open),
    "search-nothing": Stop("/recherche?q=xylophonne&theme=water&kind=idea"),
    "search-wrong-date": Stop("/recherche?q=eau&from=2026-05-01&to=2026-01-01", status=422),
    "contribution": Stop(lambda forum: forum.published.url),
    "contribution-en": Stop(lambda forum: forum.english, words=ENGLISH),
    "withdrawn": Stop(lambda forum: forum.withdrawn.url, status=410),
    "withdrawn-en": Stop(lambda forum: forum.withdrawn.url, status=410, words=ENGLISH),
    "debates": Stop("/debats"),
    "debate": Stop(lambda forum: forum.debate, "citizen"),
    "debate-en": Stop(lambda forum: forum.debate, words=ENGLISH),
    "debate-one-position": Stop(lambda forum: forum.debate + "?position=against&order=newest"),
    "argument": Stop(lambda forum: forum.argument, "citizen"),
    "argument-reported": Stop(lambda forum: forum.argument + "/signaler", "partner"),
    "argument-moderated": Stop(lambda forum: forum.argument + "/moderation", "moderator"),
    "moderation-en": Stop("/moderation", "moderator", words=ENGLISH),
    "charter": Stop("/charte"),
    "charter-en": Stop("/charte", words=ENGLISH),
    "open-a-debate": Stop("/debats/nouveau", "organizer"),
    "not-found": Stop("/nulle-part", status=404),
    "not-found-en": Stop("/nowhere", status=404, words=ENGLISH),
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
    "editor-of-a-citizen": Stop("/contributions/nouvelle", "citizen"),
    "space": Stop("/mon-espace", "expert"),
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
    "calls": Stop("/appels"),
    "calls-en": Stop("/appels", words=ENGLISH),
    "calls-none": Stop("/appels?state=coming&theme=water"),
    "call-open": Stop(lambda forum: forum.partners.open),
    "call-open-en": Stop(lambda forum: forum.partners.open, words=ENGLISH),
    "call-closed": Stop(lambda forum: forum.partners.closed),
    "call-run": Stop(lambda forum: forum.partners.open, "organizer"),
    "call-editor": Stop("/appels/nouveau", "organizer"),
    "call-editor-refused": Stop("/appels/nouveau", "organizer", act=_call_refused),
    "board": Stop(lambda forum: f"{_place(forum.partners.open)}/candidatures", "organizer"),
    "close-call": Stop(lambda forum: f"{_place(forum.partners.open)}/etapes/clore", "organizer"),
    "apply": Stop(lambda forum: f"{_place(forum.partners.open)}/candidater", "partner"),
    "apply-without": Stop(lambda forum: f"{_place(forum.partners.open)}/candidater", "citizen"),
    "organizations": Stop("/organisations"),
    "organization": Stop(lambda forum: forum.partners.organization, "partner"),
    "organization-en": Stop(lambda forum: forum.partners.organization, words=ENGLISH),
    "organization-editor": Stop("/organisations/nouvelle", "partner", act=_wrong_siren),
    "members": Stop(lambda forum: f"{_place(forum.partners.organization)}/membres", "partner", act=_member_invited),
    "membership-over": Stop("/organisations/invitation?jeton=un-jeton-qui-ne-vaut-plus", "partner", status=410),
    "demonstrators": Stop("/demonstrateurs"),
    "demonstrator": Stop(lambda forum: forum.partners.demonstrator),
    "demonstrator-en": Stop(lambda forum: forum.partners.demonstrator, words=ENGLISH),
    "demonstrator-kept": Stop(lambda forum: f"{_place(forum.partners.demonstrator)}/modifier", "partner"),
    "result": Stop(lambda forum: f"{_place(forum.partners.demonstrator)}/resultats", "partner"),
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
    "queue": Stop("/relecture", "editor"),
    "queue-en": Stop("/relecture", "editor", words=ENGLISH),
    "submitted": Stop(lambda forum: forum.submitted.url, "editor"),
    "publish": Stop(lambda forum: f"/contributions/{forum.submitted.id}/etapes/publier", "editor"),
    "return": Stop(lambda forum: f"/contributions/{forum.submitted.id}/etapes/renvoyer", "editor"),
    "forums": Stop("/forums"),
    "forums-en": Stop("/forums", words=ENGLISH),
    "forums-past": Stop("/forums?when=past"),
    "forums-nothing": Stop("/forums?theme=governance&territory=outre-mer"),
    "forum": Stop(lambda forum: forum.gatherings.coming.url),
    "forum-en": Stop(lambda forum: forum.gatherings.coming.url, words=ENGLISH),
    "forum-of-mine": Stop(lambda forum: forum.gatherings.coming.url, "organizer"),
    "forum-full": Stop(lambda forum: forum.gatherings.full.url, "reviewer"),
    "forum-past": Stop(lambda forum: forum.gatherings.past.url),
    "forum-cancelled": Stop(lambda forum: forum.gatherings.cancelled.url),
    "forum-draft": Stop(lambda forum: forum.gatherings.draft.url, "organizer"),
    "programme": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/programme"),
    "grid": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/grille"),
    "grid-en": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/grille", words=ENGLISH),
    "session": Stop(lambda forum: forum.gatherings.session.url),
    "session-of-mine-en": Stop(lambda forum: forum.gatherings.session.url, "organizer", words=ENGLISH),
    "forum-new": Stop("/forums/nouveau", "organizer"),
    "forum-incomplete": Stop("/forums/nouveau", "organizer", act=_undated),
    "forum-editor-en": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/modifier", "organizer", words=ENGLISH),
    "forum-forbidden": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/modifier", "citizen", status=403),
    "rooms": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/salles", "organizer"),
    "planner": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/modifier",
        "organizer",
    ),
    "double-booking": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/nouvelle-session", "organizer", act=_taken
    ),
    "swap": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/echanger",
        "organizer",
    ),
    "cancel-session": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/etapes/annuler",
        "organizer",
    ),
    "cancel-forum": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/etapes/annuler", "organizer"),
    "registrants": Stop(lambda forum: f"/forums/{forum.gatherings.full.id}/inscriptions", "organizer"),
    "registration-given-back": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/inscription", "citizen"),
    "import": Stop("/forums/importer", "organizer"),
    "import-refused": Stop("/forums/importer", "organizer", act=_malformed),
    "import-diff": Stop("/forums/importer", "organizer", act=_uploaded),
    "space-of-an-organizer": Stop("/mon-espace", "organizer"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forum(demain: Instance) -> Forum:
    """Something to look at in every state."""
    return await tell(demain)


@pytest.mark.parametrize("name", STOPS)
async def test_looks(arrive: Arrive, forum: Forum, name: str) -> None:
    stop = STOPS[name]
    visitor = await arrive(stop.role, stop.words, reduced_motion="reduce")
    page = visitor.page
    assert await visitor.open(stop.path if isinstance(stop.path, str) else stop.path(forum)) == stop.status
    await stop.act(visitor)
    assert not await looks(page, name)


async def test_what_is_hard_to_read_in_the_dark_alone_is_found(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/")
    await visitor.page.evaluate("document.querySelector('h1').style.color = 'light-dark(black, #222)'")
    trouble = await looks(visitor.page, "hard-to-read")
    assert trouble
    assert all(re.match(r"(1280|390) dark: color-contrast: ", one) for one in trouble)
