"""Applying, running a call, reviewing: what is typed is kept, and every refusal says what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.clients.partners import Application, Organization
from tests.services.web.neighbours import World
from tests.services.web.neighbours.partners import Partners
from tests.services.web.reading import form_in, send, sign_in
from tests.services.web.test_partners import main_of

CITIZEN, EXPERT = "citoyen@demain.example", "labo@demain.example"
RUNNER = ["edit", "accept", "decline", "assign", "read_reviews", "declare_conflict"]


@pytest.fixture
def partners(world: World) -> Partners:
    return world.of(Partners)


@pytest.fixture
def organization(world: World, partners: Partners) -> Organization:
    made = partners.organization()
    partners.join(made, world.accounts[CITIZEN])
    return made


@pytest.fixture
def draft(partners: Partners, organization: Organization) -> Application:
    return partners.application(partners.call(), organization)


@pytest.mark.parametrize(
    "path",
    ["/appels/nouveau", "/organisations/nouvelle", "/organisations/invitation?jeton=x", "/evaluations"],
)
async def test_a_stranger_is_led_to_sign_in(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion?suite=")


async def test_roles_are_asked_for(browser: httpx.AsyncClient, partners: Partners) -> None:
    await sign_in(browser, CITIZEN)
    call = partners.call()
    for path in ("/appels/nouveau", "/evaluations", f"/appels/{call.id}/candidatures", f"/appels/{call.id}/modifier"):
        assert (await browser.get(path)).status_code == 403


async def test_a_wrong_siren_is_said_beside_it_and_kept(browser: httpx.AsyncClient, partners: Partners) -> None:
    await sign_in(browser, CITIZEN)
    page = await browser.get("/organisations/nouvelle")
    answer = await send(browser, page, "siren", name="Calories douces", siren="552 100 555")
    assert answer.status_code == 422
    assert 'id="siren-error">Ce SIREN n’est pas juste' in answer.text
    assert 'value="552 100 555"' in answer.text
    assert '<a href="#siren">' in answer.text
    made = await send(browser, answer, "siren", siren="552100554")
    assert made.status_code == 303
    assert [one.name for one in partners.organizations.values()] == ["Calories douces"]


async def test_an_invitation_is_a_link_told_once(
    browser: httpx.AsyncClient, world: World, partners: Partners, organization: Organization
) -> None:
    await sign_in(browser, CITIZEN)
    place = f"/organisations/{organization.id}/membres"
    answer = await send(browser, await browser.get(place), "note", note="Ida", do="invite")
    found = re.search(r'href="http://demain.test(/organisations/invitation\?jeton=[^"]+)"', answer.text)
    assert found is not None
    assert answer.headers["cache-control"] == "no-store"
    assert "jeton=" not in (await browser.get(place)).text
    browser.cookies.clear()
    await sign_in(browser, EXPERT)
    asked = await browser.get(found[1])
    assert "Calories douces" in main_of(asked.text)
    assert (await send(browser, asked, "jeton")).status_code == 303
    assert world.accounts[EXPERT].id in {one.person.id for one in partners.members[organization.id]}
    assert (await browser.get(found[1])).status_code == 410


async def test_the_last_owner_cannot_leave(browser: httpx.AsyncClient, organization: Organization) -> None:
    await sign_in(browser, CITIZEN)
    page = await browser.get(f"/organisations/{organization.id}/membres")
    answer = await send(browser, page, "person", do="remove")
    assert answer.status_code == 422
    assert "garde au moins un responsable" in main_of(answer.text)


async def test_who_has_no_organization_is_told_to_create_one(browser: httpx.AsyncClient, partners: Partners) -> None:
    await sign_in(browser, CITIZEN)
    text = main_of((await browser.get(f"/appels/{partners.call().id}/candidater")).text)
    assert "vous n’appartenez encore à aucune" in text


async def test_a_draft_is_kept_as_it_is_typed(
    browser: httpx.AsyncClient, partners: Partners, draft: Application
) -> None:
    await sign_in(browser, CITIZEN)
    place = f"/candidatures/{draft.id}/modifier"
    fields = dict(form_in(await browser.get(place), "title").fields) | {"title": "Des voiles"}
    own = {"Origin": "http://demain.test"}
    kept = await browser.patch(place, data=fields, headers={**own, "If-Match": '"1"'})
    assert kept.status_code == 200
    assert kept.json()["version"] == 2
    assert partners.applications[draft.id].title == "Des voiles"
    stale = await browser.patch(place, data=fields | {"title": "Autre"}, headers={**own, "If-Match": '"1"'})
    assert stale.status_code == 412
    assert "modifié ailleurs" in stale.json()["said"]
    browser.cookies.clear()
    signed_out = await browser.patch(place, data=fields, headers={**own, "If-Match": '"2"'})
    assert signed_out.status_code == 403
    assert "Votre texte est encore là" in signed_out.json()["said"].replace("\u00a0", " ")
    assert partners.applications[draft.id].title == "Des voiles"


async def test_a_change_by_somebody_else_shows_both(
    browser: httpx.AsyncClient, partners: Partners, draft: Application
) -> None:
    await sign_in(browser, CITIZEN)
    page = await browser.get(f"/candidatures/{draft.id}/modifier")
    partners.applications[draft.id] = draft.model_copy(update={"title": "Des arbres", "version": 2})
    answer = await send(browser, page, "title", title="Des voiles", do="save")
    assert answer.status_code == 409
    assert 'value="Des voiles"' in answer.text
    assert "Titre : Des arbres" in main_of(answer.text)
    assert (await send(browser, answer, "title", do="save")).status_code == 303
    assert partners.applications[draft.id].title == "Des voiles"


async def test_a_late_draft_is_kept_and_told_so(
    browser: httpx.AsyncClient, partners: Partners, organization: Organization
) -> None:
    await sign_in(browser, CITIZEN)
    call = partners.call(deadline=datetime.now(UTC) - timedelta(minutes=1))
    late = partners.application(call, organization, title="Des voiles")
    place = f"/candidatures/{late.id}/etapes/soumettre"
    answer = await send(browser, await browser.get(place), "version")
    assert answer.status_code == 422
    assert "La date limite est passée. Votre brouillon est gardé tel quel" in main_of(answer.text)
    assert partners.applications[late.id].state == "draft"


async def test_what_is_missing_is_named(browser: httpx.AsyncClient, draft: Application) -> None:
    await sign_in(browser, CITIZEN)
    page = await browser.get(f"/candidatures/{draft.id}/etapes/soumettre")
    answer = await send(browser, page, "version")
    assert "Il manque encore : Titre, Proposition." in main_of(answer.text)


async def test_one_with_a_conflict_is_refused_and_told_why(
    browser: httpx.AsyncClient, world: World, partners: Partners, organization: Organization
) -> None:
    world.account("appels@demain.example", "Étienne", "organizer")
    await sign_in(browser, "appels@demain.example")
    one = partners.application(partners.call(), organization, title="Des voiles", state="submitted", actions=RUNNER)
    expert = world.accounts[EXPERT]
    page = await browser.get(f"/candidatures/{one.id}")
    assert "Personne n’est encore chargé de l’évaluer." in main_of(page.text)
    for interest, said in (
        ("own_organization", "appartient à l’organisation candidate"),
        ("declared", "a déclaré un intérêt"),
        ("same_mail_domain", "du même domaine"),
    ):
        partners.conflicts[expert.id] = interest
        answer = await send(
            browser, page, "person", person=f"http://demain.test/personnes/{expert.id}/labo", do="assign"
        )
        assert answer.status_code == 422
        assert said in main_of(answer.text)
        assert EXPERT not in answer.text
    for typed in ("Hélène", "http://demain.test/personnes/00000000-0000-4000-8000-000000000000"):
        assert (await send(browser, page, "person", person=typed, do="assign")).status_code == 422
    partners.conflicts.clear()
    assert (await send(browser, page, "person", person=expert.id, do="assign")).status_code == 303
    assert expert.name in main_of((await browser.get(f"/candidatures/{one.id}")).text)


async def test_the_board_counts_by_state(
    browser: httpx.AsyncClient, world: World, partners: Partners, organization: Organization
) -> None:
    world.account("appels@demain.example", "Étienne", "organizer")
    await sign_in(browser, "appels@demain.example")
    call = partners.call()
    place = f"/appels/{call.id}/candidatures"
    assert "Aucune candidature n’est encore soumise" in main_of((await browser.get(place)).text)
    for number in range(25):
        partners.application(call, organization, title=f"Proposition {number}", state="submitted")
    partners.application(call, organization, title="En lecture", state="in_review", next_step="decision_follows")
    page = await browser.get(place)
    assert "Soumise 25" in main_of(page.text)
    assert page.text.count("<article") == 20
    further = re.search(r'<a href="([^"]+)" rel="next">', page.text)
    assert further is not None
    assert (await browser.get(further[1].replace("&amp;", "&"))).text.count("<article") == 6
    assert (await browser.get(place, params={"etat": "in_review"})).text.count("<article") == 1


async def test_a_review_is_kept_incomplete_but_handed_in_whole(
    browser: httpx.AsyncClient, world: World, partners: Partners, organization: Organization
) -> None:
    world.account("lit@demain.example", "Hélène", "reviewer")
    await sign_in(browser, "lit@demain.example")
    actions = ["write_review", "declare_conflict"]
    one = partners.application(partners.call(), organization, title="Des voiles", state="in_review", actions=actions)
    page = await browser.get(f"/candidatures/{one.id}/evaluation")
    typed = {"score-summer": "6", "score-upkeep": "", "text": "Prudent."}
    answer = await send(browser, page, "text", **typed, do="submit")
    assert answer.status_code == 422
    assert 'id="score-summer-error"' in answer.text
    assert 'id="score-upkeep-error"' in answer.text
    assert 'value="6"' in answer.text
    assert "Prudent." in answer.text
