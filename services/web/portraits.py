"""How people are shown: by their picture, or by the initials of their name."""

from __future__ import annotations

import unicodedata


def portrait_path(person: str, picture: str) -> str:
    """Where a picture is on the site; another picture has another address."""
    return f"/personnes/{person}/portrait/{picture}.webp"


def initials(name: str) -> str:
    """At most two: of the first word and of the last. ``Étienne de La Tour`` is ``ÉT``."""
    words = [word for word in name.split() if unicodedata.category(word[0])[0] in "LN"]
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in chosen).upper()
