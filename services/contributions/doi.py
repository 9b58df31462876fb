"""Digital object identifiers: how people write them, and the one way they are kept (ISO 26324; DOI handbook, 2.2)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

LONGEST = 400
_RESOLVERS = frozenset({"doi.org", "www.doi.org", "dx.doi.org"})
_FORM = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+", re.ASCII)
"""``10``, the registrant's number, and a suffix of the registrant's own making."""
_UPPER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def normal(written: str) -> str:
    """``10.1016/j.jml.2019.104047``, from that, ``doi:10.1016/…`` or ``https://doi.org/10.1016/…``.

    Small letters: the case of ASCII letters makes no difference in a DOI. Raises ValueError.
    """
    doi = of_address(written) or re.sub(r"(?i)^doi:\s*", "", written.strip())
    if len(doi) > LONGEST or not _FORM.fullmatch(doi) or not doi.isprintable():
        raise ValueError("is no DOI; one looks like 10.1016/j.jml.2019.104047")
    return doi.translate(_UPPER)


def of_address(address: str) -> str | None:
    """The DOI that an address of doi.org leads to; None for another address."""
    text = address.strip()
    if re.match(r"(?i)(www\.|dx\.)?doi\.org/", text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or parts.hostname not in _RESOLVERS:
        return None
    return unquote(text.partition(parts.netloc)[2].lstrip("/"))


def address_of(doi: str) -> str:
    """Where a DOI leads; signs that addresses give another meaning are written out."""
    return "https://doi.org/" + quote(doi, safe="/:;()._-,!*'@=+$~")
