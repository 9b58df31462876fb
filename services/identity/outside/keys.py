"""The other provider's public keys: kept, asked for again when one is not known, but not as often as somebody likes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from services.identity.outside.asking import ProviderAway, ask

KEPT = 300.0
"""Seconds after which they are asked for again."""
NOT_SOONER_THAN = 10.0
"""Seconds between two questions, however many unknown keys are shown to us."""

PublicKey = RSAKey | ECKey | OKPKey
_KINDS: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


def read(document: Mapping[str, Any]) -> Sequence[PublicKey]:
    """The keys of a set (RFC 7517) that may verify signatures. What is not understood is left out (section 5)."""
    found: list[PublicKey] = []
    keys = document.get("keys")
    for one in keys if isinstance(keys, list) else ():
        kind = _KINDS.get(str(one.get("kty"))) if isinstance(one, dict) else None
        # Never a symmetric one: what is published proves nothing.
        if kind is None or one.get("use", "sig") != "sig":
            continue
        try:
            found.append(kind.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


class KnownKeys:
    """The keys at one address."""

    def __init__(self) -> None:
        self._keys: Sequence[PublicKey] = ()
        self._known_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def fitting(self, address: str, kid: str | None) -> KeySet:
        """The keys a token may be signed with: that of the id, or all of a provider that names none.

        Empty when there is no such key. Raises ProviderAway when none could be asked for.
        """
        async with self._asking:
            now = time.monotonic()
            stale = now - self._known_at > KEPT or not self._fitting(kid)
            if stale and (now - self._asked_at > NOT_SOONER_THAN or not self._keys):
                await self._ask(address)
        return KeySet(list(self._fitting(kid)))

    def _fitting(self, kid: str | None) -> Sequence[PublicKey]:
        if kid is None:
            return self._keys if len(self._keys) == 1 else ()
        return [one for one in self._keys if one.kid == kid]

    async def _ask(self, address: str) -> None:
        try:
            said = await ask("GET", address)
            if said.status != 200:
                raise ProviderAway(f"it answers {said.status} to the question for its keys")
            self._keys = read(said.json())
            self._known_at = time.monotonic()
        except ProviderAway:
            if not self._keys:
                raise
        finally:
            self._asked_at = time.monotonic()
