"""The pages of people who come from another provider, in a real browser: by axe, on a phone, light and dark."""

from __future__ import annotations

import pytest
from playwright.async_api import Route

from shared.clients.identity import Arrival
from tests.services.web.browsing import Visit
from tests.services.web.neighbours import World
from tests.services.web.neighbours.outside import Outside
from tests.support.browser.looking import looks

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

INES = "ines@demain.example"
ADA = Arrival(provider="Ma ville", email="ada@ville.example", email_verified=True, display_name="Ada Lovelace")


async def arrive(visit: Visit, world: World, arrival: Arrival, prefix: str = "") -> None:
    """From the sign-in page there and back."""
    outside = world.of(Outside).on()
    outside.next = arrival

    async def there(route: Route) -> None:
        code = "english" if prefix else "c"
        back = f"{visit.base}/connexion/ailleurs/retour?state=s&code={code}"
        await route.fulfill(status=303, headers={"Location": back})

    await visit.page.route("https://ville.example/**", there)
    await visit.go(f"{prefix}/connexion")
    await visit.page.get_by_role("link", name="Ma ville").click()
    await visit.page.wait_for_url("**/connexion/ailleurs/arrivee")


async def test_the_pages_of_an_arrival(visit: Visit, world: World) -> None:
    world.of(Outside).on()
    await visit.go("/connexion")
    trouble = await looks(visit.page, "outside-sign-in")
    await visit.go("/en/inscription")
    trouble += await looks(visit.page, "outside-sign-up-en")
    await arrive(visit, world, ADA)
    trouble += await looks(visit.page, "outside-new")
    await arrive(visit, world, ADA.model_copy(update={"email_verified": False, "display_name": ""}), "/en")
    trouble += await looks(visit.page, "outside-unverified-en")
    await visit.page.get_by_role("button", name="Open my account").click()
    await arrive(visit, world, ADA.model_copy(update={"email": INES, "has_account": True}))
    await visit.page.fill("#password", "not that one")
    await visit.page.get_by_role("button", name="Relier et entrer").click()
    await visit.page.get_by_role("alert").wait_for()
    trouble += await looks(visit.page, "outside-owner-wrong")
    await visit.page.get_by_role("button", name="Recevoir un lien par courrier").click()
    await visit.page.get_by_role("heading", name="Regardez votre courrier").wait_for()
    trouble += await looks(visit.page, "outside-mail")
    await visit.go("/connexion/ailleurs/confirmation?jeton=x")
    trouble += await looks(visit.page, "outside-confirmation")
    assert not trouble


async def test_the_pages_of_ones_ways_in(visit: Visit, world: World) -> None:
    outside = world.of(Outside).on()
    await visit.sign_in(INES)
    outside.linked(INES)
    world.accounts[INES].password = ""
    await visit.go("/mon-espace/connexions")
    trouble = await looks(visit.page, "outside-ways-in")
    await visit.page.get_by_role("button", name="Délier").click()
    await visit.page.get_by_role("alert").wait_for()
    trouble += await looks(visit.page, "outside-last-way-in")
    assert outside.there is not None
    outside.there = outside.there.model_copy(update={"away": True})
    await visit.go("/en/connexion")
    trouble += await looks(visit.page, "outside-away-en")
    assert not trouble
