"""An editor adds a theme and merges it away again: its texts are found under the other, old links lead on."""

from __future__ import annotations

import pytest

from shared.clients.contributions import ContributionsClient, Draft
from shared.clients.identity import IdentityClient
from shared.clients.search import SearchClient
from tests.journeys.conftest import Arrive
from tests.journeys.instance import Instance
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


async def _published(instance: Instance, theme: str) -> str:
    """Id of a contribution published under a theme."""
    async with IdentityClient(instance.url) as identity, ContributionsClient(instance.url) as contributions:
        tokens = {}
        for role in ("expert", "editor"):
            account = instance.account(role)
            tokens[role] = (await identity.sign_in(account.email, account.password)).access_token
        draft = Draft(
            kind="note",
            language="fr",
            title="Le bruit des chantiers",
            summary="Bref.",
            body="Un texte.",
            themes=(theme,),
        )
        made = await contributions.create(draft, token=tokens["expert"])
        for action, role in (("submit", "expert"), ("publish", "editor")):
            made = await contributions.transition(made.id, made.version, action, token=tokens[role])
        return made.id


async def test_a_theme_comes_and_goes_and_no_link_breaks(arrive: Arrive, demain: Instance) -> None:
    editor = await arrive("editor")
    page = editor.page
    await editor.open("/administration/themes")
    await page.get_by_role("link", name="Ajouter un thème").click()
    await page.get_by_label("Nom français").fill("Bruit")
    await page.get_by_label("Nom anglais").fill("Noise")
    await editor.button("Enregistrer").click()
    await editor.says("Ajouté.")
    assert await editor.path() == "/themes/bruit"
    id = await _published(demain, "bruit")

    async with SearchClient(demain.url) as search:

        async def found_under(theme: str) -> bool:
            return id in {hit.id for hit in (await search.search(filters={"theme": [theme]}, limit=50)).hits}

        await eventually(lambda: found_under("bruit"))
        await page.get_by_role("link", name="Fusionner").click()
        await page.get_by_label("Fusionner avec").select_option("public-space")
        await editor.button("Fusionner définitivement").click()
        await editor.says("Fusionné.")
        assert await editor.path() == "/themes/public-space"
        await eventually(lambda: found_under("public-space"))
        assert not await found_under("bruit")

    await editor.open("/themes/bruit")
    assert await editor.path() == "/themes/public-space"
    await editor.open("/recherche?theme=bruit&q=chantiers")
    assert await page.get_by_role("link", name="Le bruit des chantiers").count()
