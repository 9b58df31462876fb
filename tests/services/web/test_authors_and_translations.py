"""Co-authors and translations on screen, without a script."""

from __future__ import annotations

import re

import httpx

from tests.services.web.neighbours import World
from tests.services.web.reading import send, sign_in
from tests.services.web.test_writing import draft_of

AUTHOR, OTHER, EDITOR = "ines@demain.example", "labo@demain.example", "redaction@demain.example"
DRAFT = "La rue aux enfants, le jeudi"


async def test_a_co_author_is_invited_accepts_and_leaves(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, DRAFT)
    path = f"/contributions/{id}/auteurs"
    await sign_in(browser, AUTHOR)
    assert f'href="{path}"' in (await browser.get(world.contributions[id].url)).text
    page = await browser.get(path)
    assert "Quitter ce texte" not in page.text
    made = await send(browser, page, "note", note="Le labo", do="invite")
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    found = re.search(r'value="http://demain.test(/contributions/invitation\?jeton=\w+)"', made.text)
    assert found is not None
    link = found[1]
    again = (await browser.get(path)).text
    assert "Le labo" in again
    assert "jeton=" not in again, "the link is shown once"

    browser.cookies.clear()
    stranger = await browser.get(link)
    assert stranger.status_code == 303
    assert "/connexion?suite=" in stranger.headers["location"]
    await sign_in(browser, OTHER)
    page = await browser.get(link)
    assert page.headers["referrer-policy"] == "same-origin"
    assert DRAFT in page.text
    assert "Inès Moreau" in page.text
    joined = await send(browser, page, "jeton")
    assert joined.status_code == 303
    shown = await browser.get(joined.headers["location"], follow_redirects=True)
    assert "Vous êtes auteur de ce texte" in shown.text
    assert (await browser.get(link)).status_code == 410
    assert f'href="/contributions/{id}/modifier"' in shown.text
    mine = await browser.get("/mon-espace")
    assert DRAFT in mine.text

    page = await browser.get(path)
    ids = [one.id for one in world.contributions[id].authors]
    turned = await send(browser, page, "authors", do=f"raise:{ids[1]}")
    assert turned.status_code == 303
    assert [one.id for one in world.contributions[id].authors] == ids[::-1]
    page = await browser.get(path)
    unsure = await send(browser, page, "version", do="leave")
    assert unsure.status_code == 422
    assert 'id="sure-error"' in unsure.text
    gone = await send(browser, page, "version", do="leave", sure="yes")
    assert gone.headers["location"] == "/mon-espace"
    assert (await browser.get(path)).status_code == 404
    assert [one.id for one in world.contributions[id].authors] == ids[:1]


async def test_an_invitation_is_taken_back(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, DRAFT)
    path = f"/contributions/{id}/auteurs"
    await sign_in(browser, AUTHOR)
    await send(browser, await browser.get(path), "note", note="Le labo", do="invite")
    ((secret, (_, one)),) = world.invitations.items()
    token = (await browser.get(path)).text.split('name="form_token" value="')[1].split('"')[0]
    back = await browser.post(path, data={"form_token": token, "do": f"take-back:{one.id}"})
    assert back.status_code == 303
    over = await browser.get(f"/contributions/invitation?jeton={secret}")
    assert over.status_code == 410
    assert "Cette invitation ne vaut plus" in over.text
    for nonsense in ("take-back:x", "raise:x"):
        assert (await browser.post(path, data={"form_token": token, "do": nonsense})).status_code == 404
    assert (await browser.post(path, data={"form_token": token, "do": "x"})).status_code == 400


async def test_only_authors_see_who_is_invited(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "Récupérer la chaleur des lavoirs")
    for email in (OTHER, EDITOR):
        browser.cookies.clear()
        await sign_in(browser, email)
        assert (await browser.get(f"/contributions/{id}/auteurs")).status_code == 404


async def test_all_authors_are_named_wherever_a_text_is(browser: httpx.AsyncClient, world: World) -> None:
    it = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    ines = next(one for one in world.contributions.values() if one.title == DRAFT).authors[0]
    world.contributions[it.id] = it.model_copy(update={"authors": [*it.authors, ines]})
    both = ("Laboratoire Chaleur urbaine", "Inès Moreau")
    page = (await browser.get(it.url)).text
    assert "Laboratoire Chaleur urbaine et Inès Moreau" in page.replace("\n", "")
    assert page.count('name="citation_author"') == 2
    for path in ("/contributions", "/contributions.atom", f"/contributions/{it.id}/citation.json"):
        text = (await browser.get(path)).text
        assert all(name in text for name in both), path
    bib = (await browser.get(f"/contributions/{it.id}/citation.bib")).text
    assert "{Laboratoire Chaleur urbaine and Inès Moreau}" in bib


async def test_two_texts_are_linked_and_lead_to_each_other(browser: httpx.AsyncClient, world: World) -> None:
    french = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    english = next(one for one in world.contributions.values() if one.language == "en")
    path = f"/contributions/{french.id}/traductions"
    assert (await browser.get(path)).status_code == 303
    await sign_in(browser, OTHER)
    page = await browser.get(path)
    for address in ("", "nulle part", f"http://demain.test{french.url}"):
        wrong = await send(browser, page, "address", address=address)
        assert wrong.status_code == 422
        assert 'id="address-error"' in wrong.text
    done = await send(browser, page, "address", address=f"http://demain.test/en{english.url}")
    assert done.status_code == 303
    page = await browser.get(path)
    assert "Séparer ce texte" in page.text
    assert 'name="address"' not in page.text, "there is one for each language"

    browser.cookies.clear()
    shown = (await browser.get(french.url)).text
    assert "Lire en anglais" in shown
    assert "Read in French" in (await browser.get(f"/en{english.url}")).text
    alternates = set(re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="http://demain.test([^"]+)">', shown))
    assert alternates == {("fr", french.url), ("en", f"/en{english.url}"), ("x-default", french.url)}
    there = (await browser.get(f"/en{english.url}")).text
    back = set(re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="http://demain.test([^"]+)">', there))
    assert back == alternates, "hreflang is symmetric"

    await sign_in(browser, OTHER)
    page = await browser.get(path)
    assert (await send(browser, page, "version", do="unlink")).status_code == 303
    assert "Lire en anglais" not in (await browser.get(french.url)).text


async def test_strangers_link_nothing(browser: httpx.AsyncClient, world: World) -> None:
    french = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    await sign_in(browser, "citoyen@demain.example")
    assert (await browser.get(f"/contributions/{french.id}/traductions")).status_code == 404
    assert "/traductions" not in (await browser.get(french.url)).text


async def test_a_text_of_three_headings_has_its_contents(browser: httpx.AsyncClient, world: World) -> None:
    long = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    short = next(one for one in world.contributions.values() if one.title.startswith("Ce que coûte"))
    page = (await browser.get(long.url)).text
    assert 'href="#section-ce-que-nous-avons-mesure"' in page
    assert 'id="section-ce-que-nous-avons-mesure-2"' in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "Sommaire" not in (await browser.get(short.url)).text
