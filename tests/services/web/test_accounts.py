"""Opening an account, its password, and how people show themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from services.web.addresses import person_path
from services.web.page import site_of
from shared.clients.base import PersonRef
from shared.mail.port import KeptMail
from tests.services.web.neighbours import World
from tests.services.web.reading import form_in, send, sign_in

PASSWORD = "assez de mots pour dormir"
OTHER = "une autre suite de mots"


async def sign_up(browser: httpx.AsyncClient, email: str, prefix: str = "") -> httpx.Response:
    page = await browser.get(f"{prefix}/inscription")
    return await send(browser, page, "display_name", display_name="Lou", email=email, password=PASSWORD)


async def test_from_signing_up_to_being_signed_in(browser: httpx.AsyncClient, world: World) -> None:
    page = await browser.get("/inscription")
    short = await send(browser, page, "display_name", display_name="Lou", email="lou@exemple.fr", password="court")
    assert short.status_code == 422
    assert "dix signes" in short.text
    done = await send(browser, short, "display_name", display_name="Lou", email="lou@exemple.fr", password=PASSWORD)
    assert done.status_code == 200
    assert "Regardez votre courrier" in done.text
    assert "lou@exemple.fr" in done.text
    assert "demain_session" not in browser.cookies

    early = await sign_in(browser, "lou@exemple.fr", PASSWORD)
    assert early.status_code == 403
    assert "Renvoyer le courrier" in early.text
    again = await send(browser, early, "email")
    assert "Regardez votre courrier" in again.text

    [secret, _] = world.links
    page = await browser.get("/verification", params={"jeton": secret})
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    wrong = await send(browser, page, "jeton", password="pas le bon mot")
    assert wrong.status_code == 422
    done = await send(browser, wrong, "jeton", password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/mon-espace")
    assert "Lou" in (await browser.get("/mon-espace")).text
    assert (await browser.get("/inscription")).headers["location"] == "/mon-espace"


async def test_the_answer_is_the_same_for_an_address_that_is_taken(browser: httpx.AsyncClient) -> None:
    taken = await sign_up(browser, "ines@demain.example")
    new = await sign_up(browser, "inez@demain.example")

    assert taken.status_code == new.status_code == 200
    assert taken.text.replace("ines@", "inez@") == new.text


async def test_mails_are_asked_for_in_the_language_of_the_page(browser: httpx.AsyncClient, world: World) -> None:
    await sign_up(browser, "lou@exemple.fr", "/en")
    await send(browser, await browser.get("/en/mot-de-passe-oublie"), "email", email="lou@exemple.fr")
    await send(browser, await browser.get("/verification/courrier"), "email", email="lou@exemple.fr")

    assert [(what, language) for what, _, language in world.mails] == [
        ("verify", "en"),
        ("reset", "en"),
        ("verify", "fr"),
    ]


@pytest.mark.parametrize("path", ["/mot-de-passe-oublie", "/verification/courrier"])
async def test_asking_for_a_mail(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)
    assert (await send(browser, page, "email", email="")).status_code == 422
    wrong = await send(browser, page, "email", email="pas une adresse")
    assert wrong.status_code == 422
    assert 'value="pas une adresse"' in wrong.text
    known, unknown = [
        await send(browser, page, "email", email=one) for one in ("ines@demain.example", "nobo@demain.example")
    ]
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("ines@", "nobo@") == unknown.text


async def test_a_forgotten_password(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, "ines@demain.example")
    await send(browser, await browser.get("/mot-de-passe-oublie"), "email", email="ines@demain.example")
    [secret] = world.links
    page = await browser.get("/nouveau-mot-de-passe", params={"jeton": secret})
    assert page.headers["referrer-policy"] == "same-origin"
    short = await send(browser, page, "jeton", password="court")
    assert short.status_code == 422
    done = await send(browser, short, "jeton", password=OTHER)
    assert (done.status_code, done.headers["location"]) == (303, "/connexion")
    assert (await browser.get("/mon-espace")).status_code == 303
    assert (await sign_in(browser, "ines@demain.example")).status_code == 422
    assert (await sign_in(browser, "ines@demain.example", OTHER)).status_code == 303


@pytest.mark.parametrize("path", ["/verification", "/nouveau-mot-de-passe"])
async def test_a_link_that_is_over_leads_to_another_one(browser: httpx.AsyncClient, world: World, path: str) -> None:
    page = await browser.get(path, params={"jeton": "used"})
    over = await send(browser, page, "jeton", password=PASSWORD)
    assert over.status_code == 410
    sent = await send(browser, over, "email", email="ines@demain.example")
    assert sent.status_code == 200
    assert len(world.mails) == 1
    assert (await browser.get(path)).status_code == 303


async def test_the_secret_of_a_link_is_in_no_other_address(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/verification", params={"jeton": "a-secret"})
    assert page.text.count("a-secret") == 2, "in the form, and in the same page in the other language"
    assert 'href="/en/verification?jeton=a-secret"' in page.text


async def test_changing_the_password(browser: httpx.AsyncClient, world: World) -> None:
    assert (await browser.get("/mon-espace/mot-de-passe")).status_code == 303
    await sign_in(browser, "ines@demain.example")
    before = browser.cookies["demain_session"]
    page = await browser.get("/mon-espace/mot-de-passe")
    wrong = await send(browser, page, "present", present="pas le bon", password=OTHER)
    assert wrong.status_code == 422
    assert "pas votre mot de passe actuel" in wrong.text
    assert (await send(browser, wrong, "present", present="", password="")).status_code == 422
    done = await send(browser, wrong, "present", present="correct horse battery", password=OTHER)
    assert done.headers["location"] == "/mon-espace"
    assert browser.cookies["demain_session"] != before, "a new cookie with the new password"
    assert (await browser.get("/mon-espace")).status_code == 200
    assert world.accounts["ines@demain.example"].password == OTHER


async def test_a_profile_is_edited_and_seen_by_everybody(browser: httpx.AsyncClient, world: World) -> None:
    ines = world.accounts["ines@demain.example"]
    await sign_in(browser, ines.email)
    page = await browser.get("/mon-espace/profil")
    filled = {
        "display_name": "Inès Moreau-Diallo",
        "affiliation": "Université <Lyon>",
        "orcid": "1234",
        "biography": "Une.\n\nDeux.",
    }
    wrong = await send(browser, page, "display_name", **filled)
    assert wrong.status_code == 422
    assert "Université &lt;Lyon&gt;" in wrong.text
    done = await send(browser, wrong, "display_name", **filled | {"orcid": "0000-0002-1825-0097"})
    assert done.headers["location"] == "/mon-espace"
    assert "Inès Moreau-Diallo" in (await browser.get("/mon-espace")).text

    stale = await send(browser, page, "display_name", **filled | {"orcid": ""})
    assert stale.status_code == 412
    assert dict(form_in(stale, "display_name").fields)["version"] == "2"

    browser.cookies.clear()
    person = await browser.get(f"/personnes/{ines.id}/inès")
    assert person.status_code == 307
    person = await browser.get(person.headers["location"])
    assert person.status_code == 200
    for said in ("Inès Moreau-Diallo", "Université &lt;Lyon&gt;", "https://orcid.org/0000-0002-1825-0097", "Deux."):
        assert said in person.text
    assert ines.email not in person.text


async def test_a_persons_page_lists_what_they_published_and_texts_lead_to_it(
    browser: httpx.AsyncClient, world: World
) -> None:
    ines = world.accounts["ines@demain.example"]
    draft = world.write(ines, "Un brouillon secret", state="draft")
    mine = [one for one in world.contributions.values() if ines.id in {a.id for a in one.authors}]
    published = [one for one in mine if one.state == "published"]
    text = await browser.get(published[0].url)
    path = person_path(PersonRef(id=ines.id, name=ines.name))
    assert f'href="{path}"' in text.text
    person = await browser.get(path)
    assert person.text.count('<article class="item">') == len(published) > 0
    assert draft.title not in person.text


async def test_a_persons_page_stands_without_the_contributions(browser: httpx.AsyncClient, world: World) -> None:
    ines = world.accounts["ines@demain.example"]
    world.away = {"contributions"}
    page = await browser.get(person_path(PersonRef(id=ines.id, name=ines.name)))
    assert page.status_code == 200
    assert "ne répond pas" in page.text
    assert (await browser.get("/personnes/00000000-0000-7000-8000-000000000000")).status_code == 404


@pytest.mark.parametrize(
    ("name", "slug"), [("Inès Moreau", "/ines-moreau"), ("王", ""), ("a" * 90, "/" + "a" * 60), ("../x", "/x")]
)
def test_the_address_of_a_person(name: str, slug: str) -> None:
    assert person_path(PersonRef(id="1", name=name)) == f"/personnes/1{slug}"


class OneMail:
    """A mailbox with one mail."""

    kept = KeptMail("one", datetime.now(UTC), "lou@exemple.fr", "Objet", "Bonjour <b>Lou</b>,\n\nhttp://localhost/x\n")

    async def newest(self, limit: int) -> list[KeptMail]:
        return [self.kept][:limit]

    async def read(self, name: str) -> KeptMail | None:
        return self.kept if name == "one" else None


async def test_kept_mails_are_shown_on_this_machine_only(app: FastAPI, browser: httpx.AsyncClient) -> None:
    here = {"Host": "localhost:8000"}
    assert (await browser.get("/dev/mail", headers=here)).status_code == 404, "wiring gave no mailbox"
    site_of(httpx_request(app)).mailbox = OneMail()
    assert (await browser.get("/dev/mail", headers={"Host": "evil.example"})).status_code == 404
    assert (await browser.get("/dev/mail/one", headers={"Host": "evil.example"})).status_code == 404
    listed = await browser.get("/dev/mail", headers=here)
    assert 'href="/dev/mail/one"' in listed.text
    assert listed.headers["cache-control"] == "no-store"
    mail = await browser.get("/dev/mail/one", headers=here)
    assert "Bonjour &lt;b&gt;Lou&lt;/b&gt;" in mail.text
    assert '<a href="http://localhost/x"' in mail.text
    assert (await browser.get("/dev/mail/two", headers=here)).status_code == 404


def httpx_request(app: FastAPI):  # type: ignore[no-untyped-def]
    from starlette.requests import Request

    return Request({"type": "http", "app": app, "headers": []})
