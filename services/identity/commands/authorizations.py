"""From what a client asks for to the code it gets, and what the code is good for.

Whatever concerns a person happens under the lock of their account, taken before that of a code or a sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.tables import Account, AuthorizationCode, AuthorizationRequest, SignIn
from services.identity.tokens import digest_of, new_secret
from shared.storage.locks import lock

REQUEST_LIFE = timedelta(minutes=10)
"""How long somebody may take to answer what a client asked for."""
CODE_LIFE = timedelta(minutes=1)

log = structlog.get_logger()


async def keep_request(session: AsyncSession, client_id: str, parameters: list[list[str]]) -> str:
    """Keep what a client asked for, found good, until the person has answered; the id the browser carries."""
    now = datetime.now(UTC)
    await session.execute(delete(AuthorizationRequest).where(col(AuthorizationRequest.expires_at) <= now))
    id = new_secret()
    session.add(
        AuthorizationRequest(
            digest=digest_of(id),
            client_id=client_id,
            parameters=parameters,
            created_at=now,
            expires_at=now + REQUEST_LIFE,
        )
    )
    return id


async def waiting(session: AsyncSession, id: str) -> AuthorizationRequest | None:
    """What was asked for, if it still waits for an answer."""
    found = await session.get(AuthorizationRequest, digest_of(id))
    return found if found is not None and found.expires_at > datetime.now(UTC) else None


async def answered(session: AsyncSession, id: str) -> AuthorizationRequest | None:
    """Take what was asked for away, because it is answered now; None if it was before, or waited too long."""
    return await answered_of(session, digest_of(id))


async def answered_of(session: AsyncSession, digest: bytes) -> AuthorizationRequest | None:
    """The same by the digest of its id."""
    gone = delete(AuthorizationRequest).where(col(AuthorizationRequest.digest) == digest)
    found = (await session.execute(gone.returning(AuthorizationRequest))).scalar_one_or_none()
    return found if found is not None and found.expires_at > datetime.now(UTC) else None


async def wait_longer(session: AsyncSession, digest: bytes, until: datetime) -> bool:
    """Let a request that still waits do so until then; False if it does not any more."""
    longer = update(AuthorizationRequest).where(
        col(AuthorizationRequest.digest) == digest, col(AuthorizationRequest.expires_at) > datetime.now(UTC)
    )
    changed = longer.values(expires_at=until).returning(col(AuthorizationRequest.digest))
    return (await session.execute(changed)).scalar_one_or_none() is not None


@dataclass(frozen=True)
class Asked:
    """What a code is for."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str


async def issue_code(
    session: AsyncSession, code: str, account_id: UUID, asked: Asked, *, authenticated_at: datetime
) -> None:
    """Keep a new code. Codes nobody came for are forgotten."""
    now = datetime.now(UTC)
    late = (col(AuthorizationCode.used_at).is_(None), col(AuthorizationCode.expires_at) <= now)
    await session.execute(delete(AuthorizationCode).where(*late))
    session.add(
        AuthorizationCode(
            digest=digest_of(code),
            client_id=asked.client_id,
            account_id=account_id,
            redirect_uri=asked.redirect_uri,
            scope=asked.scope,
            nonce=asked.nonce,
            challenge=asked.challenge,
            authenticated_at=authenticated_at,
            expires_at=now + CODE_LIFE,
        )
    )


async def redeem(session: AsyncSession, code: str, client_id: str) -> tuple[Account, AuthorizationCode] | None:
    """Use up a client's code: whose it is, and what it is for; both are locked. None when it is good for nothing.

    A used one shown again was stolen, by the first who showed it or by this one: what it gave ends. So the caller must
    commit also when the answer is None. It is used up even if the client cannot show the verifier, for then it was
    stolen too.
    """
    digest, now = digest_of(code), datetime.now(UTC)
    mine = (col(AuthorizationCode.digest) == digest, col(AuthorizationCode.client_id) == client_id)
    account_id = (await session.exec(select(AuthorizationCode.account_id).where(*mine))).one_or_none()
    if account_id is None:
        return None
    account = await lock(session, Account, account_id)
    found = await _shown(session, digest)
    if account is None or found is None:
        return None
    if found.used_at is not None:
        await _end_what_it_gave(session, found)
        return None
    found.used_at = now
    if found.expires_at <= now or account.forgotten_at is not None:
        return None
    return account, found


async def _shown(session: AsyncSession, digest: bytes) -> AuthorizationCode | None:
    """The code as it is now that its account is locked."""
    return await lock(session, AuthorizationCode, digest)


async def _end_what_it_gave(session: AsyncSession, code: AuthorizationCode) -> None:
    sign_in = await lock(session, SignIn, code.sign_in_id) if code.sign_in_id is not None else None
    if sign_in is not None and sign_in.revoked_at is None:
        sign_in.revoked_at = datetime.now(UTC)
    log.warning("a used code was shown again: what it gave ends", client=code.client_id, sign_in=str(code.sign_in_id))
