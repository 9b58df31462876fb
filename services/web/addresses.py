"""Addresses of pages about what other services only give an id and a name."""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

LONGEST_SLUG = 60


class Named(Protocol):
    """Somebody with an id and a name."""

    @property
    def id(self) -> str:
        """Who they are."""
        ...

    @property
    def name(self) -> str:
        """What they are called."""
        ...


def person_path(person: Named) -> str:
    """Where a person's page is: ``/personnes/<id>/nadia-belkacem``; the id alone decides."""
    plain = unicodedata.normalize("NFKD", person.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    return f"/personnes/{person.id}" + (f"/{slug}" if slug else "")
