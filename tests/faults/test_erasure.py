"""After an erasure nothing that is kept names the person: searched for in all databases, the index, the log, the mail
folder and the logs of a real instance. And the same search finds them before, in each place where they stood."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy import insert, text

from services.identity.cli import grant
from shared.contracts.identity import PEOPLE, PersonNamed
from shared.messaging.envelope import headers_of, payload_of
from shared.storage.tables import parked_message
from tests.faults.instance import Instance
from tests.faults.searching import CHANGING, files_with, generations_with, tables_with
from tests.faults.stream import PASSWORD
from tests.services.identity.people import an_image
from tests.services.web.reading import send
from tests.support.waiting import eventually

EMAIL, NEWER = "zephyrine@quatrebarbes.example", "zeph@septentrionale.example"
NAME, RENAMED = "Zéphyrine Quatrebarbes", "Zéphyrine Quatrebarbes-Oyat"
WORDS = ("phyrine", "quatrebarbes", "oyat", "septentrionale", "clepsydre", "0000-0002-1694-233X")
"""Of the names, the addresses, the affiliation, the biography and the ORCID iD; nothing else says them."""

COMPACTED = 100.0
"""Seconds until the log has forgotten, at most: it is compacted every minute."""


@pytest_asyncio.fixture
async def instance() -> AsyncIterator[Instance]:
    folder = Path(tempfile.mkdtemp(prefix="demain-erasure-"))
    running = Instance(folder / "data")
    try:
        await running.start()
        yield running
        await running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Person:
    """Somebody who has been everywhere before they leave."""

    def __init__(self, instance: Instance, http: httpx.AsyncClient) -> None:
        self.instance = instance
        self.http = http
        self.headers: dict[str, str] = {}
        self.id = UUID(int=0)
        self.contribution = ""

    async def link(self, page: str, to: str) -> str:
        """The secret of the newest link to a page in a mail to an address."""

        def found() -> str:
            for file in sorted((self.instance.folder / "mail").glob("*.eml"), reverse=True):
                mail = message_from_bytes(file.read_bytes(), policy=default)
                assert isinstance(mail, EmailMessage)
                body = mail.get_body(("plain",))
                secrets = re.findall(rf"/{page}\?jeton=(\S+)", body.get_content() if body is not None else "")
                if secrets and str(mail["To"]) == to:
                    return str(secrets[0])
            return ""

        return await eventually(found, deadline=20)

    async def call(self, method: str, path: str, status: int = 200, **options: object) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}  # type: ignore[dict-item]
        answer = await self.http.request(method, path, headers=headers, **options)  # type: ignore[arg-type]
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        return answer

    async def sign_in(self, email: str) -> None:
        answer = await self.call("POST", "/api/identity/sessions", json={"email": email, "password": PASSWORD})
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def arrives(self) -> None:
        """Opens an account, verifies it, changes name and address, shows a picture."""
        body = {"email": EMAIL, "password": PASSWORD, "display_name": NAME}
        await self.call("POST", "/api/identity/accounts", 202, json=body)
        token = await self.link("verification", EMAIL)
        answer = await self.call("POST", "/api/identity/verifications", json={"token": token, "password": PASSWORD})
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        self.id = UUID((await self.call("GET", "/api/identity/me")).json()["id"])
        profile = {
            "display_name": RENAMED,
            "affiliation": "Manufacture septentrionale",
            "biography": "Répare des clepsydres.",
            "orcid": "0000-0002-1694-233X",
        }
        await self.call("PATCH", "/api/identity/me", json=profile, headers={"If-Match": "*"})
        await self.call("PUT", "/api/identity/me/picture", content=an_image())
        await self.call("POST", "/api/identity/me/email", 202, json={"email": NEWER, "password": PASSWORD})
        confirmed = {"token": await self.link("nouvelle-adresse", NEWER), "password": PASSWORD}
        await self.call("POST", "/api/identity/email-changes", 204, json=confirmed)
        await self.call("POST", "/api/identity/resets/mails", 202, json={"email": NEWER})
        await self.link("nouveau-mot-de-passe", NEWER)

    async def writes(self) -> None:
        """Publishes something, so that the index and kept answers name them, and reads it on the site, signed in."""
        async with self.instance.beside() as platform:
            for role in ("expert", "editor"):
                await grant(platform.resources["identity"], NEWER, role)
        await self.sign_in(NEWER)
        draft = {"kind": "note", "title": "Le temps des vannes", "summary": "En bref.", "body": "De l’eau.",
                 "themes": ["water"]}  # fmt: skip
        created = await self.call("POST", "/api/contributions", 201, json=draft, headers={"Idempotency-Key": "one"})
        self.contribution, tag = created.json()["id"], created.headers["etag"]
        for action in ("submit", "publish"):
            path = f"/api/contributions/{self.contribution}/transitions"
            moved = await self.call(
                "POST", path, json={"action": action}, headers={"If-Match": tag, "Idempotency-Key": action}
            )
            tag = moved.headers["etag"]
        await eventually(self.found_by_name, deadline=30)
        page = await self.http.get("/connexion", follow_redirects=True)
        back = await send(self.http, page, "password", email=NEWER, password=PASSWORD)
        await self.http.get(back.headers["location"], follow_redirects=True)
        profile = await self.http.get(f"/personnes/{self.id}", follow_redirects=True)
        assert RENAMED in profile.text

    async def found_by_name(self) -> bool:
        answer = await self.http.get("/api/search", params={"q": "Quatrebarbes"})
        return bool(answer.status_code == 200 and answer.json()["hits"])

    async def is_parked(self) -> None:
        """A message with the name was once set aside, and stands there still."""
        contract = PersonNamed(id=str(self.id), name=NAME)
        headers = headers_of(contract, source="identity", ordinal=0, epoch=0, traceparent="")
        async with self.instance.beside() as platform:
            for service in ("search", "contributions"):
                async with platform.resources[service].database.transaction() as session:
                    await session.execute(
                        insert(parked_message).values(
                            consumer=service, topic=PEOPLE.name, key=str(self.id), epoch=0, ordinal=0, partition=0,
                            offset=0, headers=headers, payload=payload_of(contract), error=f"of {NAME}", attempts=1,
                        )
                    )  # fmt: skip

    async def has_a_letter_waiting(self) -> None:
        """A mail that cannot be sent yet."""
        async with self.instance.beside() as platform, platform.resources["identity"].database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO letter (id, kind, email, language, created_at, due_at, attempts) "
                    "VALUES (gen_random_uuid(), 'reset', :email, 'fr', now(), now() + interval '1 h', 3)"
                ),
                {"email": NEWER},
            )


async def test_nothing_that_is_kept_names_who_was_erased(instance: Instance) -> None:
    async with httpx.AsyncClient(base_url=instance.url, timeout=30) as http, instance.beside() as platform:
        person, server = Person(instance, http), platform.server.maintenance
        await person.arrives()
        await person.writes()
        await person.is_parked()
        await person.has_a_letter_waiting()

        # The negative control: the search finds what there is, in each place where it stands.
        tables, files = await tables_with(server, WORDS), await files_with(instance.folder, WORDS)
        assert tables >= {
            "demain_identity.account", "demain_identity.letter", "demain_contributions.author_name",
            "demain_contributions.idempotent_request", "demain_contributions.parked_message",
            "demain_search.document", "demain_search.parked_message", "demain_web.site_session", "demain_log.record",
        }, tables  # fmt: skip
        assert {one.split("/")[1] for one in files} >= {"mail"}, files
        await eventually(lambda: generations_with(instance.folder, WORDS) - {CHANGING})
        [(pictures,)] = await _rows(platform, "SELECT count(*) FROM picture")
        assert pictures == 1

        await person.call("POST", "/api/identity/me/erasure", 204, json={"password": PASSWORD})

        places: set[str] = set()

        async def forgotten() -> bool:
            places.clear()
            places.update(await tables_with(server, WORDS), await files_with(instance.folder, WORDS))
            places.update(generations_with(instance.folder, WORDS))
            return not places

        try:
            await eventually(forgotten, deadline=COMPACTED, every=1.0)
        except AssertionError:
            assert not places, "what still names them"
        assert not await person.found_by_name()
        left = await _rows(
            platform,
            "SELECT (SELECT count(*) FROM picture), (SELECT count(*) FROM sign_in), (SELECT count(*) FROM mail_token), "
            "(SELECT count(*) FROM letter), (SELECT count(*) FROM role_grant), (SELECT count(*) FROM mail_domain)",
        )
        assert left == [(0, 0, 0, 0, 0, 0)]

        # What they wrote stays, under no name; what was signed for them counts no more, anywhere.
        page = await http.get(f"/contributions/{person.contribution}", follow_redirects=True)
        assert page.status_code == 200
        assert "Le temps des vannes" in page.text
        assert "membre supprimé" in page.text
        for path in ("/api/contributions", "/api/identity/me"):
            refused = await http.get(path, headers=person.headers)
            assert (refused.status_code, refused.json()["type"]) == (401, "urn:demain:problem:access-denied")


async def _rows(platform: object, statement: str) -> list[tuple[int, ...]]:
    async with platform.resources["identity"].database.transaction() as session:  # type: ignore[attr-defined]
        return [tuple(row) for row in await session.execute(text(statement))]
