"""The keys that sign access tokens: published for everybody, rotated by admins."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Response

from services.identity.commands import keys
from services.identity.schemas import KeyAnswer, KeysAnswer, KeySetAnswer
from shared.http.access import Admin, Anyone
from shared.http.dependencies import Resources
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

KEPT = 300
"""Seconds anybody may keep the key set: a key is published much longer than that before it signs."""


@router.get("/api/identity/.well-known/jwks.json")
async def key_set(resources: Resources, response: Response, _: Anyone) -> KeySetAnswer:
    """The public signing keys (RFC 7517)."""
    # Not the request's `Session`, which for a GET has no transaction: who asks first makes the first keys, alone.
    async with resources.database.transaction() as session:
        found = await keys.published(session)
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    pairs = [(key.public_jwk, key.rsa_public_jwk) for key in found]
    return KeySetAnswer(keys=[jwk for pair in pairs for jwk in pair if jwk is not None])


@router.post("/api/identity/keys/rotation")
async def rotate(session: Session, resources: Resources, _: Admin) -> KeysAnswer:
    """Let the next key sign. The one before stays published until the last token it signed has expired."""
    life = timedelta(minutes=resources.settings.access_token_minutes)
    return KeysAnswer(items=[KeyAnswer.of(key) for key in await keys.rotate(session, token_life=life)])
