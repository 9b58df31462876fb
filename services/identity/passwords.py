"""Passwords: what is asked of one, and Argon2id (RFC 9106) in the pool for slow work."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.runtime.resources import CpuPool

SHORTEST = 10
LONGEST = 200

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""64 MiB and three passes (the second recommended option of RFC 9106, on one lane as our threads are few)."""


def acceptable(password: str, email: str) -> str:
    """The password in the form that is hashed (NFC, RFC 8265). Raises ValueError saying what to change.

    Length is what protects (NIST SP 800-63B): no rules about kinds of characters.
    """
    normal = composed(password)
    if len(normal) < SHORTEST:
        raise ValueError(f"at least {SHORTEST} characters")
    if len(normal) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    if normal.casefold().strip() == email.casefold():
        raise ValueError("choose one that is not your e-mail address")
    return normal


def composed(password: str) -> str:
    """The form that is hashed: the same however a keyboard puts its accents (NFC, RFC 8265)."""
    return unicodedata.normalize("NFC", password)


async def hashed(cpu: CpuPool, password: str) -> str:
    """The hash to store."""
    return await cpu.run(_HASHER.hash, password)


async def matches(cpu: CpuPool, stored: str | None, password: str) -> bool:
    """Whether the password is the one hashed. Takes as long where nothing is stored (``None``)."""
    return await cpu.run(_matches, stored, composed(password))


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))
