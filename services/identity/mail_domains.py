"""Marks of mail domains: the same for people of one organization, telling nothing of which. Pure."""

from __future__ import annotations

import hmac
from functools import cache
from pathlib import Path

_PROVIDERS = Path(__file__).with_name("mail_providers.txt")


def domain_of(email: str) -> str:
    """The part of an address in normal form after the last ``@``."""
    return email.rpartition("@")[2].lower()


def is_public_provider(domain: str) -> bool:
    """Whether everybody can have an address there, so that sharing the domain means nothing."""
    names, families = _providers()
    return domain in names or domain.partition(".")[0] in families


def mark_of(secret: bytes, email: str) -> str | None:
    """HMAC-SHA-256 of the address's domain in hexadecimal; None for a public provider."""
    domain = domain_of(email)
    if is_public_provider(domain):
        return None
    return hmac.new(secret, domain.encode(), "sha256").hexdigest()


@cache
def _providers() -> tuple[frozenset[str], frozenset[str]]:
    """Whole domains, and first labels that stand for themselves under every ending (``yahoo.*``)."""
    lines = (line.partition("#")[0].strip() for line in _PROVIDERS.read_text(encoding="utf-8").splitlines())
    listed = [line for line in lines if line]
    families = frozenset(line.removesuffix(".*") for line in listed if line.endswith(".*"))
    return frozenset(line for line in listed if not line.endswith(".*")), families
