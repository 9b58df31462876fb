"""From signing up to a new password, with the mails read where they are kept, and JavaScript off."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.journeys.accounts import OTHER, PASSWORD, SAID, follow_mail, sign_in, sign_up
from tests.journeys.conftest import Arrive

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", SAID)
async def test_an_account_is_opened_verified_and_recovered(arrive: Arrive, language: str) -> None:
    said, address = SAID[language], f"lea-{language}@demain.example"
    visitor = await arrive("", said.words, java_script_enabled=False)
    await sign_up(visitor, said, address)
    await sign_in(visitor, address, PASSWORD)
    await expect(visitor.heading(said.unverified)).to_be_visible()

    await follow_mail(visitor, said.verify_mail, address)
    assert "/verification?jeton=" in visitor.page.url
    await visitor.page.get_by_label(said.words.password).fill(PASSWORD)
    await visitor.button(said.confirm).click()
    await visitor.says(said.welcome)
    await expect(visitor.page.get_by_role("banner").get_by_text("Léa Martin")).to_be_visible()

    elsewhere = await arrive("", said.words)
    await elsewhere.open("/connexion")
    await elsewhere.link(re.compile(said.forgotten)).click()
    await elsewhere.page.get_by_label(said.words.email).fill(address)
    await elsewhere.button(said.send).click()
    await expect(elsewhere.heading(said.look)).to_be_visible()
    await follow_mail(elsewhere, said.reset_mail, address)
    await elsewhere.page.get_by_label(said.new_password).fill(OTHER)
    await elsewhere.button(said.change).click()
    await elsewhere.says(said.reset_done)
    await elsewhere.page.go_back()
    await sign_in(elsewhere, address, OTHER)
    await elsewhere.says(said.words.signed_in)

    stranger = await arrive("", said.words)
    await sign_up(stranger, said, address)
    await follow_mail(stranger, said.already_mail, address)
    assert await stranger.path() == f"{said.words.prefix}/connexion"
