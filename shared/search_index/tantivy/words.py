"""How text is cut into words: one way for documents, queries and highlighting, so that they always agree.

A word is a run of letters and digits, folded (lower case, no accents, œ → oe, ligatures and
compatibility forms resolved). French elisions (*l'énergie*, *jusqu’ici*) and English clitics (*city's*,
*don't*) are dropped. Stems are taken from the folded word, so that who types no accents gets the same stem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import tantivy

LONGEST_WORD = 64
"""Characters kept of a word; longer runs (a text without spaces) are cut there, in queries too."""

_RUN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_APOSTROPHES = frozenset("'’ʼ＇‘`´")
_ELIDED = frozenset(
    ["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "quelqu"]
)
_CLITICS = frozenset(["s", "t", "d", "m", "re", "ve", "ll"])
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
)

LANGUAGES = {"fr": "french", "en": "english"}
"""Languages that are stemmed, and the name of their Snowball stemmer."""

_STEMMERS = {
    code: tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer(name)).build()
    for code, name in LANGUAGES.items()
}

COMMON = frozenset(
    ["a", "ai", "au", "aux", "avec", "ce", "ces", "cet", "cette", "dans", "de", "des", "du", "elle", "en", "est", "et", "eux", "il", "ils", "je", "la", "le", "les", "leur", "leurs", "mais", "me", "mes", "moi", "mon", "nos", "notre", "nous", "on", "ou", "ont", "par", "pas", "pour", "qu", "que", "qui", "sa", "se", "ses", "sont", "sur", "ta", "te", "tes", "toi", "tu", "un", "une", "vos", "votre", "vous", "y", "the", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "how", "in", "is", "it", "its", "of", "or", "that", "this", "to", "was", "what", "which", "who", "will", "with"]
)
"""Words so common in French or English that a query does not insist on them."""


class Word(NamedTuple):
    """A word of a text: where it stands (characters, end exclusive) and its folded form."""

    start: int
    end: int
    folded: str


def clean(text: str) -> str:
    """The text as it is kept: composed (NFC), without control characters and lone surrogates."""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode("utf-8")
        text = "".join(
            " " if character.isspace() else character
            for character in text
            if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
        )
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=100_000)
def fold(run: str) -> str:
    """Lower case without accents; empty if nothing is left that could be looked for."""
    decomposed = unicodedata.normalize("NFKD", run.casefold().translate(_LETTERS))
    return "".join(character for character in decomposed if character.isalnum())[:LONGEST_WORD]


def words(text: str) -> Iterator[Word]:
    """The words of a cleaned text, in order."""
    length = len(text)
    for match in _RUN.finditer(text):
        start, end = match.span()
        folded = fold(match.group())
        if not folded:
            continue
        if folded in _ELIDED and end < length and text[end] in _APOSTROPHES:
            continue
        if folded in _CLITICS and start > 1 and text[start - 1] in _APOSTROPHES and text[start - 2].isalnum():
            continue
        yield Word(start, end, folded)


@lru_cache(maxsize=200_000)
def stem(language: str, folded: str) -> str:
    """The stem of a folded word in a language of `LANGUAGES`."""
    if language == "fr" and len(folded) > 3 and folded.endswith(("os", "us")):
        # Snowball keeps the s after o and u, so that *vélos* would not find *vélo*.
        folded = folded[:-1]
    stems: list[str] = _STEMMERS[language].analyze(folded)
    return stems[0] if stems else folded


def language_of(code: str) -> str:
    """``fr`` of ``fr-FR``."""
    return code.lower().replace("_", "-").partition("-")[0]
