"""Keys and passwords are changed as the runbook has it; who was signed in stays so, and what was is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.identity.cli import grant
from tests.faults.instance import Instance
from tests.faults.stream import PASSWORD, Stream
from tests.operations.own_server import own_server
from tests.operations.runbook import Operator, commands

RUNBOOK = commands("keys.md")
ADMIN = "admin@demain.example"


def _signed_by(token: str) -> str:
    """The name of the key."""
    head = token.partition(".")[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return str(found["kid"])


async def test_signing_keys_change_and_nobody_is_signed_out(home: Path) -> None:
    instance = Instance(home / "data")
    operator = Operator(home, {"SITE": instance.url, "ADMIN": ADMIN, "PASSWORD": PASSWORD})
    try:
        await instance.start()
        stream = Stream(instance.url)
        await stream.sign_up(ADMIN)
        async with instance.beside() as platform:
            await grant(platform.resources["identity"], ADMIN, "admin")
        await stream.sign_in(ADMIN)
        before = stream.tokens["admin"]

        (rotate,) = RUNBOOK["Signing keys †"]
        said = await operator.run(rotate)
        assert before not in said

        async with httpx.AsyncClient(base_url=instance.url, trust_env=False, timeout=60) as http:
            keys = {one["kid"] for one in (await http.get("/api/identity/.well-known/jwks.json")).json()["keys"]}
            await stream.sign_in(ADMIN)
            after = stream.tokens["admin"]
            assert _signed_by(before) != _signed_by(after)
            assert {_signed_by(before), _signed_by(after)} <= keys
            for token in (before, after):
                answer = await http.get("/api/identity/me", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 200, answer.text
    finally:
        await instance.stop()


async def test_the_password_of_the_database_changes(home: Path) -> None:
    async with own_server(home) as server:
        (change,) = RUNBOOK["The password of the database †"]
        old = server.operator.variables["DATABASE_URL"]
        new = 'it\'s "another"'
        opened = await asyncpg.connect(old)
        try:
            await server.operator.run(change, ROLE="demain", NEW=new)
            assert await opened.fetchval("SELECT 1") == 1, "a connection that was open goes on"
        finally:
            await opened.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(old)
        again = await asyncpg.connect(old, password=new)
        await again.close()
