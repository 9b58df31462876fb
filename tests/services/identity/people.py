"""People for the tests of identity: accounts, and what they send."""

from __future__ import annotations

import io
import itertools
import re
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
from PIL import Image
from sqlalchemy import text

from services.identity import passwords
from services.identity.commands import accounts, roles
from services.identity.letters.postman import Postman
from shared.auth.principal import Role
from shared.auth.tokens import TokenVerifier
from shared.mail.port import Mail
from tests.support.service import ServiceUnderTest

PASSWORD = "une ville à vivre"


@dataclass
class Person:
    """Somebody with an account."""

    id: UUID
    email: str
    name: str
    headers: dict[str, str]
    """With a token of the tests' issuer, that says the roles they were made with."""


class KeptMails:
    """A mail port that keeps mails, or is away."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.mails: list[Mail] = []
        self.sent: list[Mail] = []
        """Also those that were forgotten since."""
        self.trouble = trouble

    async def send(self, mail: Mail) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.mails.append(mail)
        self.sent.append(mail)

    async def forget(self, person: UUID, address: str) -> None:
        self.mails = [one for one in self.mails if address != one.to and person != one.person]


def an_image(width: int = 90, height: int = 120, kind: str = "PNG", **options: Any) -> bytes:
    """A picture of a red square on blue."""
    image = Image.new("RGB", (width, height), "navy")
    image.paste((200, 30, 40), (width // 4, height // 4, width // 2, height // 2))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def secret_in(mail: Mail, page: str) -> str:
    """The secret of the link to a page of the site."""
    [found] = re.findall(rf"^https://demain\.test(?:/en)?/{page}\?jeton=(\S+)$", mail.text, re.MULTILINE)
    return str(found)


@dataclass
class IdentityUnderTest:
    """The service and what the tests do with it."""

    service: ServiceUnderTest
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def http(self) -> httpx.AsyncClient:
        """The service over HTTP."""
        return self.service.http

    async def join(self, *granted: Role, name: str | None = None, email: str | None = None) -> Person:
        """A new account with these roles and the password `PASSWORD`, made without HTTP."""
        number = next(self._numbers)
        email, name = email or f"personne{number}@demain.example", name or f"Personne {number}"
        password_hash = passwords._HASHER.hash(PASSWORD)
        async with self.service.database.transaction() as session:
            account = await accounts.enrol(session, email=email, password_hash=password_hash, display_name=name)
            for role in granted:
                await roles.grant(session, account.id, role, by=None)
        return Person(account.id, email, name, self.service.someone(*granted, id=account.id))

    async def sign_up(self, email: str, name: str = "Nouvelle", password: str = PASSWORD) -> httpx.Response:
        """The answer to signing up."""
        body = {"email": email, "password": password, "display_name": name}
        return await self.http.post("/api/identity/accounts", json=body)

    async def post(self) -> list[Mail]:
        """The mails that wait, sent by a postman that keeps them."""
        kept = KeptMails()
        postman = Postman(replace(self.service.resources, mail=kept, site_url="https://demain.test"))
        while await postman.deliver_one():
            pass
        return kept.sent

    async def secret_of(self, kind: str) -> str:
        """The secret of the one link in the one mail that waits."""
        [mail] = await self.post()
        return secret_in(mail, kind)

    async def sign_in(self, person: Person, password: str = PASSWORD) -> httpx.Response:
        """The answer to signing in."""
        return await self.http.post("/api/identity/sessions", json={"email": person.email, "password": password})

    async def signed_in(self, person: Person) -> dict[str, Any]:
        """The tokens of somebody who signed in."""
        answer = await self.sign_in(person)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refresh(self, refresh_token: str) -> httpx.Response:
        """The answer to a refresh token."""
        return await self.http.post("/api/identity/sessions/refresh", json={"refresh_token": refresh_token})

    async def key_set(self) -> dict[str, Any]:
        """What the service publishes."""
        answer = await self.http.get("/api/identity/.well-known/jwks.json")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def verifier(self) -> TokenVerifier:
        """A verifier as every other service has one, that asks this service for its keys."""
        return TokenVerifier(self.key_set)

    def trust_both_issuers(self) -> None:
        """Have the service take the tests' own tokens and, beside them, those it signs itself."""

        async def both() -> dict[str, Any]:
            return {"keys": [*(await self.key_set())["keys"], *(await self.service.issuer.jwks())["keys"]]}

        self.service.resources.tokens = TokenVerifier(both)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database answers."""
        async with self.service.database.transaction() as session:
            return list((await session.execute(text(statement), values)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """Change the database behind the service's back."""
        async with self.service.database.transaction() as session:
            await session.execute(text(statement), values)
