"""Coming in through another provider, as the site shows it: without JavaScript, in both languages."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from shared.clients.base import ServiceProblem
from shared.clients.identity import Arrival
from tests.services.web.conftest import browser_of
from tests.services.web.neighbours import World
from tests.services.web.neighbours.outside import Outside
from tests.services.web.reading import come_back, send, sign_in, sign_in_page

INES, PASSWORD = "ines@demain.example", "correct horse battery"
ADA = Arrival(provider="Ma ville", email="ada@ville.example", email_verified=True, display_name="Ada Lovelace")
BACK = "/connexion/ailleurs/retour?state=s&code=c&iss=https://ville.example"


@pytest.fixture
def outside(world: World) -> Outside:
    return world.of(Outside).on()


async def set_out(browser: httpx.AsyncClient) -> None:
    """Follow the button of the sign-in page."""
    page = await sign_in_page(browser)
    href = page.text.partition('href="/connexion/ailleurs?')[2].partition('"')[0]
    sent = await browser.get(f"/connexion/ailleurs?{href}")
    assert sent.headers["location"].startswith("https://ville.example/authorize"), sent.text


async def arrive(browser: httpx.AsyncClient) -> httpx.Response:
    await set_out(browser)
    landed = await browser.get(BACK)
    assert landed.headers["location"] == "/connexion/ailleurs/arrivee", landed.text
    return await browser.get(landed.headers["location"])


async def test_without_another_provider_there_is_no_button(browser: httpx.AsyncClient) -> None:
    assert "Continuer avec" not in (await sign_in_page(browser)).text
    refused = await browser.get("/connexion/ailleurs?demande=nobodys")
    assert refused.headers["location"] == "/connexion"


async def test_who_is_known_comes_in_and_goes_on_where_they_were(browser: httpx.AsyncClient, outside: Outside) -> None:
    outside.knows = INES
    page = await sign_in_page(browser, "/connexion?suite=/contributions/nouvelle")
    assert "Continuer avec Ma ville" in page.text
    await set_out(browser)
    landed = await browser.get(BACK)
    assert landed.headers["location"].startswith("/connexion/retour?")
    assert "code=c" not in landed.headers["location"], "nothing of the other provider goes on"
    done = await browser.get(landed.headers["location"])
    assert done.headers["location"] == "/mon-espace"
    assert (await browser.get("/mon-espace")).status_code == 200


async def test_the_sign_up_page_leads_there_at_once(browser: httpx.AsyncClient, outside: Outside) -> None:
    page = await browser.get("/en/inscription?suite=/en/contributions/nouvelle")
    assert "Continue with Ma ville" in page.text
    begun = await browser.get("/en/connexion/ailleurs?suite=/en/contributions/nouvelle")
    assert "idp_hint=1" in begun.headers["location"] and "/oauth/authorize" in begun.headers["location"]


@pytest.mark.parametrize("suite", ["https://evil.example/", "//evil.example", "/\\\\evil.example", "javascript:x"])
async def test_nobody_is_led_elsewhere(browser: httpx.AsyncClient, outside: Outside, suite: str) -> None:
    outside.knows = INES
    begun = await browser.get("/connexion/ailleurs", params={"suite": suite})
    page = await browser.get(begun.headers["location"])
    demande = page.headers["location"].partition("demande=")[2]
    await browser.get(f"/connexion/ailleurs?demande={demande}")
    landed = await browser.get(BACK)
    done = await browser.get(landed.headers["location"])
    assert done.headers["location"] == "/mon-espace"


async def test_who_comes_first_says_their_name(browser: httpx.AsyncClient, outside: Outside, world: World) -> None:
    outside.next = ADA
    page = await arrive(browser)
    assert page.status_code == 200 and "no-store" in page.headers["cache-control"]
    for said in ("Ma ville vous a reconnu", "Ada Lovelace", "ada@ville.example", "Déjà un compte"):
        assert said in page.text, said
    assert 'name="email"' not in page.text
    wrong = await send(browser, page, "display_name", display_name=" ")
    assert wrong.status_code == 422 and "Écrivez le nom" in wrong.text
    long = await send(browser, wrong, "display_name", display_name="x" * 90)
    assert long.status_code == 422 and "x" * 90 in long.text
    back = await send(browser, long, "display_name", display_name="Ada")
    done = await come_back(browser, back)
    assert done.headers["location"] == "/mon-espace"
    assert world.accounts["ada@ville.example"].name == "Ada"


async def test_who_has_an_account_shows_that_it_is_theirs(browser: httpx.AsyncClient, outside: Outside) -> None:
    outside.next = ADA.model_copy(update={"email": INES, "has_account": True})
    page = await arrive(browser)
    assert "a déjà un compte" in page.text and "Ma ville" in page.text
    empty = await send(browser, page, "password", email=INES, password="")
    assert empty.status_code == 422
    wrong = await send(browser, empty, "password", email=INES, password="not that one")
    assert wrong.status_code == 422 and "ne vont pas ensemble" in wrong.text
    done = await come_back(browser, await send(browser, wrong, "password", email=INES, password=PASSWORD))
    assert done.headers["location"] == "/mon-espace"


async def test_who_has_an_account_gets_a_mail_instead(browser: httpx.AsyncClient, outside: Outside) -> None:
    outside.next = ADA.model_copy(update={"email": INES, "has_account": True})
    page = await arrive(browser)
    form = page.text.partition("/connexion/ailleurs/courrier")[2]
    token = form.partition('name="form_token" value="')[2].partition('"')[0]
    sent = await browser.post("/connexion/ailleurs/courrier", data={"form_token": token})
    assert sent.status_code == 200 and INES in sent.text
    page = await browser.get(f"/connexion/ailleurs/confirmation?jeton=to-{INES}")
    done = await come_back(browser, await send(browser, page, "jeton"))
    assert done.headers["location"] == "/mon-espace"


async def test_an_address_nobody_vouches_for_is_confirmed_by_mail(
    app: FastAPI, browser: httpx.AsyncClient, outside: Outside, world: World
) -> None:
    outside.next = ADA.model_copy(update={"email_verified": False, "display_name": ""})
    page = await arrive(browser)
    assert 'value="ada@ville.example"' in page.text
    wrong = await send(browser, page, "email", display_name="Ada", email="nowhere")
    assert wrong.status_code == 422 and "nowhere" in wrong.text
    sent = await send(browser, wrong, "email", display_name="Ada", email="ada@home.example")
    assert "Regardez votre courrier" in sent.text and "ada@home.example" in sent.text
    link = "/connexion/ailleurs/confirmation?jeton=to-ada@home.example"
    async with browser_of(app) as stranger:
        page = await stranger.get(link)
        refused = await send(stranger, page, "jeton")
        assert refused.status_code == 422 and "n’est pas celui où vous avez commencé" in refused.text
    page = await browser.get(link)
    assert "ada@home.example" not in world.accounts, "looking at the link does nothing"
    done = await come_back(browser, await send(browser, page, "jeton"))
    assert done.headers["location"] == "/mon-espace"
    over = await browser.get("/connexion/ailleurs/confirmation?jeton=used")
    assert (await send(browser, over, "jeton")).status_code == 410


async def test_an_account_may_be_linked_instead_of_opened(browser: httpx.AsyncClient, outside: Outside) -> None:
    outside.next = ADA
    await arrive(browser)
    page = await browser.get("/connexion/ailleurs/arrivee?compte=1")
    assert "Ouvrir plutôt un nouveau compte" in page.text
    done = await come_back(browser, await send(browser, page, "password", email=INES, password=PASSWORD))
    assert done.headers["location"] == "/mon-espace"


async def test_an_arrival_that_is_over_says_so(browser: httpx.AsyncClient, outside: Outside) -> None:
    page = await browser.get("/connexion/ailleurs/arrivee")
    assert page.status_code == 410 and "a expiré" in page.text and "Recommencer la connexion" in page.text


async def test_a_provider_that_is_away_says_so(browser: httpx.AsyncClient, outside: Outside) -> None:
    assert outside.there is not None
    outside.there = outside.there.model_copy(update={"away": True})
    page = await sign_in_page(browser)
    assert "ne répond pas" in page.text and "/connexion/ailleurs?" not in page.text
    demande = page.text.partition('name="demande" value="')[2].partition('"')[0]
    refused = await browser.get(f"/connexion/ailleurs?demande={demande}")
    assert refused.status_code == 503 and "Réessayez plus tard" in refused.text


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        (ServiceProblem(400, "urn:demain:problem:not-vouched-for", "no"), 400, "Rien n’a été fait"),
        (ServiceProblem(409, "urn:demain:problem:linked-elsewhere", "no"), 409, "reliée à un autre compte"),
        (ServiceProblem(410, "urn:demain:problem:authorization-request-over", "no"), 410, "a expiré"),
        (ServiceProblem(424, "urn:demain:problem:outside-provider-away", "no"), 503, "ne répond pas"),
        (ServiceProblem(403, "urn:demain:problem:suspended", "no"), 403, "suspendu"),
    ],
    ids=lambda one: str(one)[:20],
)
async def test_what_comes_back_wrong_says_so(
    browser: httpx.AsyncClient, outside: Outside, problem: ServiceProblem, status: int, said: str
) -> None:
    outside.refuses = problem
    page = await browser.get(BACK)
    assert page.status_code == status and said in page.text, page.text
    assert "demain_session" not in page.headers.get("set-cookie", "")


async def test_who_gives_up_there_comes_back_to_the_form(browser: httpx.AsyncClient, outside: Outside) -> None:
    outside.refuses = ServiceProblem(403, "urn:demain:problem:outside-sign-in-declined", "no")
    back = await browser.get(BACK)
    assert back.headers["location"] == "/connexion"
    assert "Vous avez renoncé" in (await sign_in_page(browser)).text


async def test_one_links_and_unlinks_ones_ways_in(browser: httpx.AsyncClient, outside: Outside) -> None:
    await sign_in(browser, INES)
    page = await browser.get("/mon-espace/connexions")
    assert "Relier Ma ville" in page.text
    forged = await browser.get("/mon-espace/connexions/relier", headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.headers["location"] == "/mon-espace/connexions", "from a link of ours alone"
    sent = await browser.get("/mon-espace/connexions/relier")
    assert sent.headers["location"].startswith("https://ville.example/")
    landed = await browser.get(BACK)
    assert landed.headers["location"] == "/mon-espace/connexions"
    page = await browser.get(landed.headers["location"])
    assert "C’est relié" in page.text and "Délier" in page.text
    done = await send(browser, page, "id")
    assert done.headers["location"] == "/mon-espace/connexions"
    assert outside.links[INES] == []


async def test_the_only_way_in_is_kept(browser: httpx.AsyncClient, outside: Outside, world: World) -> None:
    await sign_in(browser, INES)
    world.accounts[INES].password = ""
    outside.linked(INES)
    page = await browser.get("/mon-espace/connexions")
    assert "Vous n’en avez pas" in page.text and "/mot-de-passe-oublie" in page.text
    refused = await send(browser, page, "id")
    assert refused.status_code == 409 and "votre seule façon d’entrer" in refused.text


async def test_who_signed_in_long_ago_does_so_again(browser: httpx.AsyncClient, outside: Outside) -> None:
    await sign_in(browser, INES)
    outside.long_ago = True
    again = await browser.get("/mon-espace/connexions/relier")
    assert again.headers["location"] == "/connexion?suite=%2Fmon-espace%2Fconnexions&encore=1"
    begun = await browser.get(again.headers["location"])
    assert "prompt=login" in begun.headers["location"]
