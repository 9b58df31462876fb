"""Registering clients and taking them away: by whoever has the database at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.provider.clients import CODE, ITSELF, OFFLINE, PERSONAL, REFRESH
from services.identity.tables import AuthorizationCode, AuthorizationRequest, Client, SignIn
from services.identity.tokens import FULL, OPENID, digest_of, new_secret
from shared.storage.identifiers import new_id

_SCOPE = re.compile(r"[a-z][a-z0-9:._-]{0,63}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_NAME = 80


class ClientRefused(ValueError):
    """What was asked for cannot be registered; the text says what to change."""


@dataclass(frozen=True)
class Registered:
    """A new client, with what is shown of it this once."""

    client: Client
    secret: str | None = field(repr=False)


async def register(
    session: AsyncSession, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str], public: bool, itself: bool
) -> Registered:
    """Register a client. Raises ClientRefused.

    With ``redirect_uris`` people sign in through it, for the personal ``scopes``. ``itself``: it gets tokens of its
    own, for the other ones. ``public``: it can keep no secret.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ClientRefused(f"a client needs a name of at most {LONGEST_NAME} characters, as people will read it")
    if not redirect_uris and not itself:
        raise ClientRefused("say where people are taken back (--redirect-uri), or that it acts for itself (--service)")
    if public and itself:
        raise ClientRefused("a public client has no secret, so that it cannot act for itself: leave out one of the two")
    for uri in redirect_uris:
        check_redirect_uri(uri)
    wanted = tuple(dict.fromkeys(scopes)) or ((OPENID, "profile") if redirect_uris else ())
    _check_scopes(wanted, personal=bool(redirect_uris), itself=itself)
    secret = None if public else new_secret()
    grants = ([CODE] if redirect_uris else []) + ([REFRESH] if OFFLINE in wanted else []) + ([ITSELF] if itself else [])
    client = Client(
        id=f"c-{new_id().hex}",
        name=name,
        secret_digest=digest_of(secret) if secret is not None else None,
        redirect_uris=list(dict.fromkeys(redirect_uris)),
        grant_types=grants,
        scopes=list(wanted),
        created_at=datetime.now(UTC),
    )
    session.add(client)
    await session.flush()
    return Registered(client, secret)


def check_redirect_uri(uri: str) -> None:
    """Raises ClientRefused for an address that nobody should be taken back to."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ClientRefused(f"{uri!r} is no address: {error}") from None
    del port
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not safe or not host:
        raise ClientRefused(f"{uri!r}: write it like https://example.org/callback (http only for this machine)")
    if parts.fragment or "#" in uri or "@" in parts.netloc or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ClientRefused(f"{uri!r}: leave out what follows #, names before @, and other signs than ASCII")


def _check_scopes(scopes: Sequence[str], *, personal: bool, itself: bool) -> None:
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise ClientRefused(f"{scope!r} is no scope: small letters, digits and : . _ -")
        if scope == FULL:
            raise ClientRefused(f"{scope!r} lets a client do all its people may do: only the site has it")
        if scope in PERSONAL and not personal:
            raise ClientRefused(f"{scope!r} is about people: it needs --redirect-uri, where they are taken back")
        if scope not in PERSONAL and not itself:
            raise ClientRefused(f"{scope!r} is no scope of people ({', '.join(PERSONAL)}): it needs --service")
    if personal and OPENID not in scopes:
        raise ClientRefused(f"people sign in with the scope {OPENID}: add it")


async def remove(session: AsyncSession, client_id: str) -> bool:
    """Take a client away, with everything people lent it; whether there was one."""
    now = datetime.now(UTC)
    for table in (AuthorizationRequest, AuthorizationCode):
        await session.execute(delete(table).where(col(table.client_id) == client_id))
    ended = update(SignIn).where(col(SignIn.client_id) == client_id, col(SignIn.revoked_at).is_(None))
    await session.execute(ended.values(revoked_at=now))
    gone = delete(Client).where(col(Client.id) == client_id).returning(col(Client.id))
    return (await session.execute(gone)).scalar_one_or_none() is not None
