"""People of one forum come in to another: both are Demain, each in a process of its own. Without JavaScript."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from shared.runtime.sample import SampleAccount
from tests.journeys.accounts import PASSWORD, SAID, follow_mail, sign_up
from tests.journeys.instance import Instance, Platform, demain_run
from tests.journeys.visitor import PATIENCE, Visitor
from tests.journeys.words import FRENCH, Words
from tests.support.browser.looking import looks
from tests.support.ports import free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

NAME = "Le forum voisin"


@dataclass(frozen=True)
class Neighbours:
    """The forum people come in to, which knows the other as a provider."""

    forum: Instance
    address: str
    """Of the forum: another host, as browsers share cookies between the ports of one."""
    provider: Instance


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def neighbours(demain: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbours]:
    """A second Demain, registered with the first as anybody would."""
    if not isinstance(demain, Instance):
        pytest.skip("the provider is one process here, whose data folder the command needs")
    port = free_port()
    address = f"http://localhost:{port}"
    registered = subprocess.run(
        [
            sys.executable, "-m", "services.cli", "--data-dir", str(demain.folder.path),
            "client", "add", "La ville d’à côté",
            "--redirect-uri", f"{address}/connexion/ailleurs/retour",
            "--scope", "openid", "--scope", "profile", "--scope", "email",
        ],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    told = dict(line.split("=", 1) for line in registered.stdout.split())
    environment = {
        "OIDC_ISSUER": demain.url.rstrip("/"),
        "OIDC_CLIENT_ID": told["client_id"],
        "OIDC_CLIENT_SECRET": told["client_secret"],
        "OIDC_NAME": NAME,
        "DEMAIN_PUBLIC_URL": address,
    }
    async with demain_run(tmp_path_factory.mktemp("forum"), environ=environment, port=port) as forum:
        yield Neighbours(forum, address, demain)


async def somebody(stack: AsyncExitStack, browser: Browser, neighbours: Neighbours, words: Words) -> Visitor:
    context = await stack.enter_async_context(await browser.new_context(reduced_motion="reduce"))
    # No script of ours is let through, and there are no others; forbidden altogether, axe could not run either.
    await context.route(re.compile(r"\.js(\?|$)"), lambda route: route.abort())
    context.set_default_timeout(PATIENCE * 3)
    return Visitor(context, await context.new_page(), neighbours.address, words, neighbours.forum.mailbox)


async def set_out(visitor: Visitor, name: str) -> None:
    await visitor.open("/connexion")
    await visitor.link(name).click()


async def a_neighbour(stack: AsyncExitStack, browser: Browser, neighbours: Neighbours, language: str) -> SampleAccount:
    """Somebody whom the other forum alone knows: the samples of both have the same people."""
    said, address, name = SAID[language], f"voisine-{language}@demain.example", "Léa Martin"
    context = await stack.enter_async_context(await browser.new_context())
    context.set_default_timeout(PATIENCE * 3)
    there = Visitor(context, await context.new_page(), neighbours.provider.url, said.words, neighbours.provider.mailbox)
    await sign_up(there, said, address, name)
    await follow_mail(there, said.verify_mail, address)
    await there.page.get_by_label(said.words.password).fill(PASSWORD)
    await there.button(said.confirm).click()
    await there.says(said.welcome)
    return SampleAccount(role="citizen", email=address, password=PASSWORD, display_name=name)


@pytest.mark.parametrize("language", SAID)
async def test_people_of_one_forum_come_in_to_another(browser: Browser, neighbours: Neighbours, language: str) -> None:
    said, french = SAID[language], language == "fr"
    words = said.words
    button = f"Continuer avec {NAME}" if french else f"Continue with {NAME}"
    async with AsyncExitStack() as stack:
        account = await a_neighbour(stack, browser, neighbours, language)
        visitor = await somebody(stack, browser, neighbours, words)
        page = visitor.page
        await visitor.open("/connexion")
        assert not await looks(page, f"outside-sign-in-{words.email[:2]}")
        await visitor.link(button).click()

        # At the other forum: signs in there, and says that this one may know who it is.
        assert page.url.startswith(neighbours.provider.url)
        await page.get_by_label(words.email).fill(account.email)
        await page.get_by_label(words.password).fill(account.password)
        await page.get_by_role("main").get_by_role("button", name=words.sign_in, exact=True).click()
        await visitor.button("Accepter et continuer" if french else "Accept and continue").click()

        # Here: somebody new, under a name that can be changed.
        await expect(visitor.heading("Ouvrir votre compte" if french else "Open your account")).to_be_visible()
        assert page.url.startswith(neighbours.address) and "code=" not in page.url
        name = page.get_by_label("Nom affiché" if french else "Display name")
        await expect(name).to_have_value(account.display_name)
        assert not await looks(page, f"outside-arrival-{words.email[:2]}")
        await name.fill(f"{account.display_name} d’à côté")
        await visitor.button("Ouvrir mon compte" if french else "Open my account").click()
        await visitor.says(words.signed_in)
        await expect(page.get_by_role("banner").get_by_text(f"{account.display_name} d’à côté")).to_be_visible()

        await visitor.open("/mon-espace/connexions")
        await expect(page.get_by_text(NAME, exact=True)).to_be_visible()
        assert not await looks(page, f"outside-ways-in-{words.email[:2]}")
        await visitor.button(f"Délier {NAME}" if french else f"Unlink {NAME}").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert not await looks(page, f"outside-last-way-in-{words.email[:2]}")

        # Next time nothing is asked here.
        again = await somebody(stack, browser, neighbours, words)
        await set_out(again, button)
        await again.page.get_by_label(words.email).fill(account.email)
        await again.page.get_by_label(words.password).fill(account.password)
        await again.page.get_by_role("main").get_by_role("button", name=words.sign_in, exact=True).click()
        await again.button("Accepter et continuer" if french else "Accept and continue").click()
        await again.says(words.signed_in)
        await expect(again.page.get_by_role("banner").get_by_text(f"{account.display_name} d’à côté")).to_be_visible()


async def test_who_has_an_account_links_it_once(browser: Browser, neighbours: Neighbours) -> None:
    """Both forums have the sample's expert: an address alone does not let one in to the other's account."""
    there, here = neighbours.provider.account("expert"), neighbours.forum.account("expert")
    assert there.email == here.email
    async with AsyncExitStack() as stack:
        visitor = await somebody(stack, browser, neighbours, FRENCH)
        await set_out(visitor, f"Continuer avec {NAME}")
        await visitor.page.get_by_label(FRENCH.email).fill(there.email)
        await visitor.page.get_by_label(FRENCH.password).fill(there.password)
        await visitor.page.get_by_role("main").get_by_role("button", name=FRENCH.sign_in, exact=True).click()
        await visitor.button("Accepter et continuer").click()
        await expect(visitor.heading("Relier votre compte")).to_be_visible()
        assert not await looks(visitor.page, "outside-owner")
        await visitor.page.get_by_label(FRENCH.password).fill("pas le bon mot de passe")
        await visitor.button("Relier et entrer").click()
        await expect(visitor.page.get_by_role("alert")).to_be_visible()
        await visitor.page.get_by_label(FRENCH.password).fill(here.password)
        await visitor.button("Relier et entrer").click()
        await visitor.says(FRENCH.signed_in)
        await expect(visitor.page.get_by_role("banner").get_by_text(here.display_name)).to_be_visible()


async def test_who_refuses_there_comes_back_to_the_form(browser: Browser, neighbours: Neighbours) -> None:
    account = neighbours.provider.account("editor")
    async with AsyncExitStack() as stack:
        visitor = await somebody(stack, browser, neighbours, FRENCH)
        await set_out(visitor, f"Continuer avec {NAME}")
        await visitor.page.get_by_label(FRENCH.email).fill(account.email)
        await visitor.page.get_by_label(FRENCH.password).fill(account.password)
        await visitor.page.get_by_role("main").get_by_role("button", name=FRENCH.sign_in, exact=True).click()
        await visitor.button("Refuser").click()
        await visitor.says("Vous avez renoncé à entrer ainsi")
        assert visitor.page.url.startswith(neighbours.address)


async def test_health_says_how_the_other_forum_is(neighbours: Neighbours) -> None:
    async with httpx.AsyncClient(base_url=neighbours.address, trust_env=False) as http:

        async def is_well() -> bool:
            parts = {part["name"]: part["condition"] for part in (await http.get("/readyz")).json()["parts"]}
            return any("outside provider" in name and one == "well" for name, one in parts.items())

        await eventually(is_well)
