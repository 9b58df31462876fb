"""The readable part of an address, made of a title."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 80

_SPELT_OUT = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "’": "'"})


@lru_cache(maxsize=4096)
def slug(title: str, *, otherwise: str) -> str:
    """``chauffer-un-quartier``; at most 80 characters, and ``otherwise`` of a title without letters and digits."""
    plain = title.translate(_SPELT_OUT)
    ascii_ = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:LONGEST].strip("-") or otherwise
