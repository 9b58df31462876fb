"""French typography: the spaces that must not break.

Rules of the Imprimerie nationale (*Lexique des règles typographiques*), reduced to what is safe to do by
machine: existing spaces become narrow no-break ones (U+202F) where a line must not break. Nothing but
spaces is ever changed, and none is ever added, so that addresses, times such as 10:30 and code survive.
"""

from __future__ import annotations

import re

NARROW = "\u202f"
"""The narrow no-break space."""

_SPACES = "[ \u00a0\u202f\u2009]"
_BEFORE = re.compile(rf"{_SPACES}+(?=[;:!?»])|(?<=\d){_SPACES}+(?=[%€])")
_AFTER = re.compile(rf"(?<=«){_SPACES}+")
_THOUSANDS = re.compile(rf"(?<=\d){_SPACES}(?=\d{{3}}(?!\d))")

_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_NAME = re.compile(r"<\s*(/?)\s*([a-zA-Z0-9]+)")
_VERBATIM = frozenset({"code", "pre", "kbd", "samp", "script", "style", "textarea"})


def french(text: str) -> str:
    """Put narrow no-break spaces where French wants them, in plain text.

    Before ``; : ! ? »``, after ``«``, between a number and ``%`` or ``€``, and between groups of three digits,
    where a space already is.
    Applying it twice changes nothing more.
    """
    text = _BEFORE.sub(NARROW, text)
    text = _AFTER.sub(NARROW, text)
    return _THOUSANDS.sub(NARROW, text)


def french_html(html: str) -> str:
    """Do the same in sanitized HTML: on text between tags only, and never inside code or ``pre``.

    Attributes are left as they are. A space and the sign after it that stand in two different elements
    are left alone.
    """
    pieces: list[str] = []
    verbatim = 0
    position = 0
    for tag in _TAG.finditer(html):
        text = html[position : tag.start()]
        pieces.append(text if verbatim else french(text))
        pieces.append(tag.group())
        position = tag.end()
        name = _NAME.match(tag.group())
        if name and name.group(2).lower() in _VERBATIM and not tag.group().endswith("/>"):
            verbatim = max(0, verbatim + (-1 if name.group(1) else 1))
    rest = html[position:]
    pieces.append(rest if verbatim else french(rest))
    return "".join(pieces)
