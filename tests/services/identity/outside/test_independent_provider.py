"""Coming in through an OpenID provider that other people wrote, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from shared.clients.provider import OUTSIDE_RETURN
from shared.settings import Settings
from tests.services.identity.oidc.provider import ProviderUnderTest, over_http
from tests.services.identity.outside.conftest import Between, Browser
from tests.services.identity.outside.other import Other
from tests.services.identity.people import IdentityUnderTest
from tests.support.waiting import eventually

ASCII_SECRET = "a-secret-of-thirty-two-characters-or-more"
ROOT = Path(__file__).parents[4]
START = 240.0
"""Seconds a process may take to start on a busy machine."""


@dataclass
class Independent:
    """The provider, and identity as its client."""

    issuer: str
    between: Between
    process: subprocess.Popen[bytes]

    async def there(self, address: str) -> dict[str, str]:
        """What the browser brings back from there."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            answer = await http.get(address)
        assert answer.status_code == 303, answer.text
        location = httpx.URL(answer.headers["location"])
        assert location.path == OUTSIDE_RETURN
        return {name: location.params[name] for name in ("state", "code", "error", "iss") if name in location.params}


@asynccontextmanager
async def independent(provider: ProviderUnderTest, folder: Path, *, known_secret: str) -> AsyncIterator[Independent]:
    """The provider, that knows identity by a secret."""
    said = folder / "said.txt"
    module = "tests.services.identity.outside.independent_provider"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "0", "forum", known_secret, provider.issuer + OUTSIDE_RETURN],
            # The library writes its keys to where it stands.
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def address() -> str:
            assert process.poll() is None, said.read_text()
            return said.read_text().partition("\n")[0] if "\n" in said.read_text() else ""

        issuer = await eventually(address, deadline=START)
        provider.identity.service.resources.settings = Settings(
            oidc_issuer=issuer, oidc_client_id="forum", oidc_client_secret=SecretStr(ASCII_SECRET)
        )
        yield Independent(issuer, Between(provider.identity, provider, Other(issuer), provider.site), process)
    finally:
        process.kill()
        process.wait()


async def test_somebody_comes_in_for_the_first_time_and_again(identity: IdentityUnderTest, tmp_path: Path) -> None:
    async with over_http(identity) as provider, independent(provider, tmp_path, known_secret=ASCII_SECRET) as other:
        browser = Browser(other.between)
        landed = await browser.post("outside-returns", **await other.there(await browser.set_out()))
        assert landed.status_code == 200, landed.text
        assert landed.json()["outcome"] == "arrived"
        who = (await browser.post("arrivals/current")).json()
        assert (who["email"], who["email_verified"], who["display_name"]) == (
            "diana@ailleurs.example", True, "Diana Krall",
        )  # fmt: skip
        person = await browser.let_in(await browser.post("arrivals/account", display_name="Diana"))

        again = Browser(other.between)
        landed = await again.post("outside-returns", **await other.there(await again.set_out()))
        assert await again.let_in(landed) == person

        back = await other.there(await again.set_out())
        assert (await again.post("outside-returns", **{**back, "iss": "https://evil.example"})).status_code == 400
        elsewhere = await Browser(other.between).post("outside-returns", **await other.there(await again.set_out()))
        assert elsewhere.status_code == 400

        # Away: nobody comes in, the page that offers it knows, passwords go on.
        address = await again.set_out()
        back = await other.there(address)
        other.process.kill()
        other.process.wait()
        gone = await again.post("outside-returns", **back)
        assert (gone.status_code, gone.json()["type"]) == (424, "urn:demain:problem:outside-provider-away")
        assert (await identity.sign_in(await identity.join())).status_code == 200


async def test_a_client_that_the_provider_does_not_know_gets_nobody_in(
    identity: IdentityUnderTest, tmp_path: Path
) -> None:
    wrong = "another-secret-of-thirty-two-characters-too"
    async with over_http(identity) as provider, independent(provider, tmp_path, known_secret=wrong) as other:
        browser = Browser(other.between)
        landed = await browser.post("outside-returns", **await other.there(await browser.set_out()))
        assert landed.status_code in (400, 424), landed.text
        assert await identity.rows("SELECT * FROM arrival") == []
