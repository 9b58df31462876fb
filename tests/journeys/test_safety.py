"""What the browser refuses for the site, and the site for the browser."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.instance import Instance

pytestmark = pytest.mark.browser

ELSEWHERE = "http://mal.example"
HOSTILE_TITLE = "<script>document.title='pris'</script><img src=x onerror=\"document.title='pris'\">Titre & <b>gras</b>"
HOSTILE_BODY = (
    "Avant <script>document.title='pris'</script>\n\n<img src=x onerror=\"document.title='pris'\">\n\n"
    "[cliquer](javascript:document.title='pris') <iframe src='https://example.org'></iframe>\n\n"
    "<svg onload=\"document.title='pris'\"></svg> ![dehors](https://example.org/espion.png)\n\nAprès\n"
)


async def test_an_injected_script_does_not_run(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/")
    title = await visitor.page.title()
    await visitor.page.evaluate(
        """() => {
          window.refusals = [];
          document.addEventListener("securitypolicyviolation", (event) => refusals.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "document.title = 'pris'";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>");
        }"""
    )
    await visitor.page.wait_for_function("() => refusals.length >= 2")
    assert set(await visitor.page.evaluate("() => refusals")) == {"script-src-elem", "style-src-attr"}
    assert await visitor.page.title() == title
    said = visitor.noticed.complaints
    assert len(said) == 2 and all("Content Security Policy" in one for one in said)
    said.clear()


async def test_hostile_markup_is_shown_as_text(arrive: Arrive) -> None:
    expert = await arrive("expert")
    page = expert.page
    await expert.open("/contributions/nouvelle")
    await page.get_by_label("Titre", exact=True).fill(HOSTILE_TITLE)
    await page.get_by_label("Chapeau").fill(HOSTILE_TITLE)
    await page.get_by_label("Texte", exact=True).fill(HOSTILE_BODY)
    preview = page.get_by_role("region", name="Aperçu", exact=True)
    await expect(preview.get_by_text("Après")).to_be_visible()
    await expect(preview.get_by_role("heading", level=3)).to_have_text(HOSTILE_TITLE)
    await expert.button("Enregistrer le brouillon").click()
    await expert.says("Enregistré.")
    await expert.open((await expert.path()).removesuffix("/modifier"))
    for place in (page.get_by_role("article").locator("h1"), page.locator(".standfirst").first):
        await expect(place).to_have_text(HOSTILE_TITLE)
    article = page.get_by_role("article")
    assert await article.locator("script, iframe, svg, img, [onerror], [onload], a[href^='javascript']").count() == 0
    await expert.open("/mon-espace")
    await expect(expert.link(HOSTILE_TITLE)).to_be_visible()
    assert await page.title() != "pris"


async def test_the_session_cookie_is_out_of_reach(arrive: Arrive) -> None:
    visitor = await arrive("citizen")
    await visitor.open("/mon-espace")
    cookies = {one["name"]: one for one in await visitor.context.cookies()}
    session = cookies["demain_session"]
    assert session["httpOnly"] and session["sameSite"] == "Lax"
    assert all(one["httpOnly"] and one["sameSite"] in ("Lax", "Strict") for one in cookies.values())
    assert session["value"] not in await visitor.page.evaluate("() => document.cookie")


async def test_another_site_cannot_post_for_one(arrive: Arrive, demain: Instance) -> None:
    visitor = await arrive("citizen")
    await visitor.open("/mon-espace")
    name = demain.account("citizen").display_name
    await expect(visitor.page.get_by_role("banner")).to_contain_text(name)

    token = await visitor.page.locator("input[name=form_token]").first.input_value()
    form = f"""<form method="post" action="{demain.url}/deconnexion">
      <input name="form_token" value="{token}"><button>Gagnez un vélo</button></form>"""
    await visitor.page.route(
        f"{ELSEWHERE}/**", lambda route: route.fulfill(body=form, content_type="text/html; charset=utf-8")
    )
    await visitor.page.goto(f"{ELSEWHERE}/concours")
    await visitor.button("Gagnez un vélo").click()
    await expect(visitor.heading("Ce formulaire ne vient pas de ce site")).to_be_visible()
    visitor.noticed.requests = [url for url in visitor.noticed.requests if not url.startswith(ELSEWHERE)]

    # With the cookies, as an old browser would send them, it is refused all the same.
    for headers in ({"Origin": ELSEWHERE}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await visitor.context.request.post(
            f"{demain.url}/deconnexion", form={"form_token": token}, headers=headers, max_redirects=0
        )
        assert answer.status == 403, headers
    without = await visitor.context.request.post(
        f"{demain.url}/deconnexion", form={"form_token": "deviné"}, headers={"Origin": demain.url}, max_redirects=0
    )
    assert without.status == 403
    await visitor.open("/mon-espace")
    await expect(visitor.page.get_by_role("banner")).to_contain_text(name)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://mal.example/", "//mal.example/", "/\\mal.example/", "/\t/mal.example", "javascript:alert(1)"],
)
async def test_signing_in_leads_nowhere_else(arrive: Arrive, demain: Instance, elsewhere: str) -> None:
    visitor = await arrive()
    account = demain.account("partner")
    await visitor.page.goto(f"{demain.url}/connexion")
    # The field as well as the address: both are under whoever made the link.
    await visitor.page.locator("input[name=suite]").evaluate("(field, value) => (field.value = value)", elsewhere)
    await visitor.page.get_by_label("Adresse e-mail").fill(account.email)
    await visitor.page.get_by_label("Mot de passe").fill(account.password)
    await visitor.page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    await visitor.says("Connexion réussie.")
    assert await visitor.path() == "/mon-espace"
    query = await visitor.context.request.get(f"{demain.url}/connexion", params={"suite": elsewhere}, max_redirects=0)
    assert urlsplit(query.headers["location"]).path == "/mon-espace"
    assert not urlsplit(query.headers["location"]).netloc
