"""What a reader meant by what they typed. Any text can be read; nothing raises."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .words import COMMON, Word, clean, words

LONGEST_TEXT = 1_000
"""Characters of a query that are read; the rest is ignored."""
MOST_WORDS = 24
"""Words of a query that are looked for; the rest is ignored."""

_QUOTES = '"“”„«»'
_OPERATORS = f"{_QUOTES}-"
_PART = re.compile(rf"(?<![^\s({_QUOTES}])(-?)(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]|([^\s{_QUOTES}]+))|[{_QUOTES}]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A query text, read."""

    text: str
    """The text that was read, cleaned."""
    required: tuple[str, ...] = ()
    """Folded words that every hit should have."""
    common: tuple[str, ...] = ()
    """Words like *the* beside others: they count a little, they are not insisted on."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """Between quotation marks: exactly these words in this order."""
    excluded: tuple[tuple[str, ...], ...] = ()
    """Words and phrases no hit may have."""
    last: str | None = None
    """The required word that is still being typed, if the text ends with one."""
    places: tuple[tuple[int, int, str], ...] = ()
    """Where in `text` the required words stand, for a correction."""

    @property
    def looks_for_everything(self) -> bool:
        """Nothing typed but spaces and operators (``"`` before the first letter of a phrase, say)."""
        return not self.text.strip(_OPERATORS + " ")

    @property
    def looks_for_nothing(self) -> bool:
        """Something was typed, and nothing of it can be looked for (``???``, an emoji)."""
        return not (self.required or self.phrases or self.excluded or self.looks_for_everything)


def read(text: str) -> Reading:
    """Cut what was typed into words, ``"phrases"`` and ``-exclusions``. A lone quotation mark is ignored."""
    text = clean(text[:LONGEST_TEXT])
    found: list[Word] = []
    phrases: dict[tuple[str, ...], None] = {}
    excluded: dict[tuple[str, ...], None] = {}
    for match in _PART.finditer(text):
        minus, phrase, plain = match.groups()
        if phrase is None and plain is None:
            continue
        group = 2 if phrase is not None else 3
        offset = match.start(group)
        inside = [Word(word.start + offset, word.end + offset, word.folded) for word in words(match.group(group))]
        if not inside:
            continue
        folded = tuple(word.folded for word in inside)
        if minus:
            excluded[folded] = None
        elif phrase is not None:
            phrases[folded] = None
        else:
            found += inside
    found = found[:MOST_WORDS]
    insisted = [word for word in found if word.folded not in COMMON]
    if not insisted and not phrases:
        insisted = found
    return Reading(
        text=text,
        required=tuple(dict.fromkeys(word.folded for word in insisted)),
        common=tuple(dict.fromkeys(word.folded for word in found if word.folded in COMMON and word not in insisted)),
        phrases=tuple(phrases)[:MOST_WORDS],
        excluded=tuple(excluded)[:MOST_WORDS],
        last=insisted[-1].folded if insisted and text and insisted[-1].end == len(text) else None,
        places=tuple(insisted),
    )
