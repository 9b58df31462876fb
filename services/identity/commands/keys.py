"""Signing keys: made when first needed, rotated by an admin.

The state is in the database alone and read there each time, so that all processes agree at once. A key is
published long before it signs: the next one stands in the key set from the rotation before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.tables import KeyState, SigningKey
from services.identity.tokens import new_key, new_rsa_key
from shared.auth.tokens import LEEWAY

_LOCK = 0x6B657973  # "keys"
_STILL_SIGNING = timedelta(minutes=2)
"""A transaction that read the key just before its retirement has signed with it by then: commands to the
database time out after 60 seconds."""


async def active(session: AsyncSession) -> SigningKey:
    """The key that signs now; the first ones are made if there are none."""
    key = await _in_state(session, KeyState.ACTIVE)
    if key is None:
        await _one_at_a_time(session)
        key = await _in_state(session, KeyState.ACTIVE)
    if key is None:
        key = _add(session, KeyState.ACTIVE)
        _add(session, KeyState.NEXT)
        await session.flush()
    return key


async def for_id_tokens(session: AsyncSession) -> SigningKey:
    """The key that signs now, with its RSA pair; the first ones are made if there are none."""
    key = await active(session)
    if key.rsa_private_jwk is None:
        await _one_at_a_time(session)
        for state in (KeyState.ACTIVE, KeyState.NEXT):
            found = await _in_state(session, state)
            assert found is not None, "an active key never is without a next one"
            if found.rsa_private_jwk is None:
                await _add_rsa(found)
        await session.flush()
        key = await active(session)
    return key


async def published(session: AsyncSession) -> Sequence[SigningKey]:
    """The keys that tokens may be signed with, now or soon, oldest first."""
    await active(session)
    valid = or_(col(SigningKey.drop_at).is_(None), col(SigningKey.drop_at) > datetime.now(UTC))
    found = select(SigningKey).where(valid).order_by(col(SigningKey.created_at), col(SigningKey.state))
    return (await session.exec(found)).all()


async def rotate(session: AsyncSession, *, token_life: timedelta) -> Sequence[SigningKey]:
    """The next key signs from now on; the one before is published until its last token has expired, then dropped.

    Its private half is deleted at once. ``token_life`` is how long access tokens live. Returns the keys
    published now.
    """
    await _one_at_a_time(session)
    now = datetime.now(UTC)
    retiring = await active(session)
    retiring.state, retiring.private_jwk, retiring.rsa_private_jwk = KeyState.RETIRED, None, None
    retiring.drop_at = now + token_life + timedelta(seconds=LEEWAY) + _STILL_SIGNING
    await session.flush()
    coming = await _in_state(session, KeyState.NEXT)
    assert coming is not None, "an active key never is without a next one"
    coming.state = KeyState.ACTIVE
    await session.flush()
    following = _add(session, KeyState.NEXT)
    if coming.rsa_public_jwk is not None:
        await _add_rsa(following)
    await session.execute(delete(SigningKey).where(col(SigningKey.drop_at) <= now))
    return await published(session)


async def _one_at_a_time(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def _in_state(session: AsyncSession, state: KeyState) -> SigningKey | None:
    found = select(SigningKey).where(col(SigningKey.state) == state).execution_options(populate_existing=True)
    return (await session.exec(found)).one_or_none()


async def _add_rsa(key: SigningKey) -> None:
    made = await asyncio.to_thread(new_rsa_key)
    key.rsa_public_jwk = dict(made.as_dict(private=False))
    key.rsa_private_jwk = dict(made.as_dict(private=True))


def _add(session: AsyncSession, state: KeyState) -> SigningKey:
    made = new_key()
    key = SigningKey(
        kid=made.thumbprint(),
        state=state,
        public_jwk=dict(made.as_dict(private=False)),
        private_jwk=dict(made.as_dict(private=True)),
        created_at=datetime.now(UTC),
    )
    session.add(key)
    return key
