"""One's picture, another address, erasing one's account, a suspended account, and the administration of accounts."""

from __future__ import annotations

import httpx
import pytest

from shared.contracts.identity import AccessDenied
from tests.services.web.neighbours import World
from tests.services.web.reading import form_in, send, sign_in

WEBP = b"RIFF\x10\0\0\0WEBPVP8 \x04\0\0\0abcd"
PASSWORD = "correct horse battery"
INES = "ines@demain.example"


async def post_picture(browser: httpx.AsyncClient, content: bytes, token: str | None = None) -> httpx.Response:
    page = await browser.get("/mon-espace/profil")
    known = dict(form_in(page, "display_name").fields)["form_token"] if token is None else token
    return await browser.post(
        "/mon-espace/photo", data={"form_token": known}, files={"picture": ("moi.png", content, "image/png")}
    )


async def test_a_picture_is_sent_seen_and_taken_away(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, INES)
    ines = world.accounts[INES]
    assert ">IM<" in (await browser.get("/mon-espace/profil")).text, "initials stand for a picture"

    refused = await post_picture(browser, b"<svg/>")
    assert (refused.status_code, "ne convient pas" in refused.text) == (422, True)
    assert (await post_picture(browser, b"")).status_code == 422
    assert (await post_picture(browser, WEBP, token="foreign")).status_code == 422
    assert ines.picture is None
    assert (await post_picture(browser, WEBP)).headers["location"] == "/mon-espace/profil"

    path = f"/personnes/{ines.id}/portrait/{ines.picture}.webp"
    page = await browser.get(f"/personnes/{ines.id}", follow_redirects=True)
    assert f'src="{path}" alt="Portrait' in page.text
    seen = await browser.get(path)
    assert (seen.content, seen.headers["content-type"]) == (WEBP, "image/webp")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in seen.headers["cache-control"]
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert (await browser.get(path.replace(str(ines.picture), "0" * 32))).status_code == 404
    assert (await browser.get(path.replace(str(ines.picture), "x" * 32))).status_code == 404

    profile = await browser.get("/mon-espace/profil")
    await browser.post("/mon-espace/photo/retirer", data=dict(form_in(profile, "display_name").fields))
    assert ines.picture is None
    assert (await browser.get(path)).status_code == 404


async def test_another_address(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, INES)
    page = await browser.get("/mon-espace/adresse")
    assert INES in page.text
    for filled in ({"email": "", "password": PASSWORD}, {"email": INES, "password": PASSWORD},
                   {"email": "n@ville.example", "password": "not it"}):  # fmt: skip
        assert (await send(browser, page, "email", **filled)).status_code == 422
    asked = await send(browser, page, "email", email="n@ville.example", password=PASSWORD)
    assert "n@ville.example" in asked.text

    [secret] = world.links
    page = await browser.get("/nouvelle-adresse", params={"jeton": secret})
    assert page.headers["cache-control"] == "no-store"
    assert (await send(browser, page, "jeton", password="not it")).status_code == 422
    assert (await send(browser, page, "jeton", password=PASSWORD)).headers["location"] == "/mon-espace"
    assert "n@ville.example" in world.accounts
    assert (await send(browser, page, "jeton", password=PASSWORD)).status_code == 410


async def test_erasing_ones_account_ends_every_session(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, INES)
    page = await browser.get("/mon-espace/effacer")
    assert "membre supprimé" in page.text
    assert (await send(browser, page, "password", password="not it")).status_code == 422
    assert (await send(browser, page, "password", password="")).status_code == 422

    done = await send(browser, page, "password", password=PASSWORD)

    assert done.headers["location"] == "/"
    assert INES not in world.accounts
    assert "demain_session" not in browser.cookies
    assert "/connexion" in (await browser.get("/mon-espace")).headers["location"]


async def test_the_last_admin_is_told_why_not(browser: httpx.AsyncClient, world: World) -> None:
    world.account("admin@demain.example", "Mireille Aubert", "admin")
    await sign_in(browser, "admin@demain.example")
    page = await browser.get("/mon-espace/effacer")

    refused = await send(browser, page, "password", password=PASSWORD)

    assert (refused.status_code, "dernier compte d’administration" in refused.text) == (409, True)


async def test_who_is_suspended_is_told_whom_to_ask(browser: httpx.AsyncClient, world: World) -> None:
    world.accounts[INES].suspended = "Secret reason"

    wrong, right = await sign_in(browser, INES, "not it"), await sign_in(browser, INES)

    assert "suspendu" not in wrong.text
    assert (right.status_code, "Votre compte est suspendu" in right.text) == (403, True)
    assert "Secret reason" not in right.text


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/suspendre", "/{id}/effacer"])
async def test_only_admins_administer(browser: httpx.AsyncClient, world: World, path: str) -> None:
    address = "/administration/comptes" + path.format(id=world.accounts[INES].id)
    assert "/connexion" in (await browser.get(address)).headers["location"]
    await sign_in(browser, INES)
    assert (await browser.get(address)).status_code == 403


async def test_an_admin_finds_grants_suspends_lifts_and_erases(browser: httpx.AsyncClient, world: World) -> None:
    world.account("admin@demain.example", "Mireille Aubert", "admin")
    ines = world.accounts[INES]
    await sign_in(browser, "admin@demain.example")
    here = f"/administration/comptes/{ines.id}"
    found = await browser.get("/administration/comptes", params={"q": "inès"})
    assert here in found.text
    assert "Aucun compte" in (await browser.get("/administration/comptes", params={"q": "zzz"})).text

    account = await browser.get(here)
    granted = await browser.post(f"{here}/roles", data={**_fields(account), "what": "grant", "role": "editor"})
    assert granted.headers["location"] == here
    assert "editor" in ines.roles
    stale = await browser.post(f"{here}/roles", data={**_fields(account), "what": "grant", "role": "reviewer"})
    assert (stale.status_code, "a changé pendant" in stale.text) == (422, True)
    account = await browser.get(here)
    await browser.post(f"{here}/roles", data={**_fields(account), "what": "take", "role": "editor"})
    assert "editor" not in ines.roles

    page = await browser.get(f"{here}/suspendre")
    assert (await send(browser, page, "reason", reason="")).status_code == 422
    assert (await send(browser, page, "reason", reason="Publicités.")).headers["location"] == here
    account = await browser.get(here)
    assert "Publicités." in account.text
    await browser.post(f"{here}/retour", data=_fields(account))
    assert not ines.suspended
    assert "par Mireille Aubert" in (await browser.get(here)).text

    page = await browser.get(f"{here}/effacer")
    done = await send(browser, page, "version")
    assert done.headers["location"] == "/administration/comptes"
    assert INES not in world.accounts
    assert (await browser.get(here)).status_code == 404


def _fields(page: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in form_in(page, "version").fields if name in ("version", "form_token")}


def test_the_contract_names_nobody() -> None:
    assert set(AccessDenied.model_fields) == {"id", "since"}
