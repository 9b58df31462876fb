"""How text is cut into words: one way for documents, queries and highlighting, so that they always agree.

A word is a run of letters and digits, folded (lower case, no accents, œ → oe, ligatures and
compatibility forms resolved). French elisions (*l'énergie*, *jusqu’ici*) and English clitics (*city's*,
*don't*) are dropped. Stems are taken from the folded word, so that who types no accents gets the same stem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

import tantivy

LONGEST_WORD = 64
"""Characters kept of a word; longer runs (a text without spaces) are cut there, in queries too."""

_APOSTROPHE = "['’ʼ＇‘`´]"
_ELISION = rf"(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu){_APOSTROPHE}"
_RUN = r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"
_CLITIC = rf"{_APOSTROPHE}(?i:s|t|d|m|re|ve|ll)(?![^\W_])"
_WORD = re.compile(rf"{_ELISION}|({_RUN})(?:{_CLITIC})?")
"""An elision, or a word (the group) with what is dropped after it."""
_ANY_RUN = re.compile(_RUN)
_ELIDED = re.compile(_ELISION)
_STRAY = re.compile(r"(?<![^\W_])(?<![\u0300-\u036f])[\u0300-\u036f]+")
"""Accents on nothing: without them an accent is always part of a word."""
_ACCENT = re.compile("[\u0300-\u036f]")
_BEFORE = re.compile(r"[^\W_]|[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
)

LANGUAGES = {"fr": "french", "en": "english"}
"""Languages that are stemmed, and the name of their Snowball stemmer."""

_STEMMERS = {
    code: tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer(name)).build()
    for code, name in LANGUAGES.items()
}

_COMMON = (
    "a ai au aux avec ce ces cet cette dans de des du elle en est et eux il ils je la le les leur leurs "
    "mais me mes moi mon nos notre nous on ou ont par pas pour qu que qui sa se ses sont sur ta te tes "
    "toi tu un une vos votre vous y the an and are as at be by for from has have how in is it its of or "
    "that this to was what which who will with"
)
COMMON = frozenset(_COMMON.split())
"""Words so common in French or English that a query does not insist on them."""


class Word(NamedTuple):
    """A word of a text: where it stands (characters, end exclusive) and its folded form."""

    start: int
    end: int
    folded: str


def clean(text: str) -> str:
    """The text as it is kept: composed (NFC), without control characters, lone surrogates and stray accents."""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode("utf-8")
        text = "".join(
            " " if character.isspace() else character
            for character in text
            if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
        )
    text = unicodedata.normalize("NFC", text)
    # Composed text has hardly any left: to look for one is ten times as fast as to look for one on nothing.
    if _ACCENT.search(text) and _STRAY.search(text):
        text = unicodedata.normalize("NFC", _STRAY.sub("", text))
    return text


@lru_cache(maxsize=100_000)
def fold(run: str) -> str:
    """Lower case without accents; empty if nothing is left that could be looked for."""
    decomposed = unicodedata.normalize("NFKD", run.casefold().translate(_LETTERS))
    return "".join(character for character in decomposed if character.isalnum())[:LONGEST_WORD]


def folded_words(text: str) -> list[str]:
    """The folded words of a cleaned text, in order.

    No word reaches over a space, and what stands between spaces comes again and again: it is cut once.
    """
    found: list[str] = []
    for part in text.split():
        found += _folded_words_of(part) if len(part) <= LONGEST_WORD else _cut(part)
    return found


def _cut(part: str) -> tuple[str, ...]:
    return tuple([folded for run in _WORD.findall(part) if run and (folded := fold(run))])


_folded_words_of = lru_cache(maxsize=100_000)(_cut)


def words(text: str) -> list[Word]:
    """The words of a cleaned text with their places."""
    return [
        Word(*match.span(1), folded) for match in _WORD.finditer(text) if (run := match[1]) and (folded := fold(run))
    ]


def spellings(text: str) -> set[str]:
    """The different ways in which words of a cleaned text are written. (Elided letters are among them.)"""
    return set(_ANY_RUN.findall(text))


def places(text: str, spellings: Collection[str]) -> list[tuple[int, int]]:
    """Where words written in one of these ways stand.

    The same as looking through all `words`, five times as fast in long texts with few such words.
    """
    either = "|".join(re.escape(written) for written in sorted(spellings, key=len, reverse=True))
    # The test of what stands before is made here: in the pattern it would be made at every character.
    return [
        match.span()
        for match in re.finditer(rf"(?:{either})(?![^\W_]|[\u0300-\u036f])", text)
        if not (match.start() and _BEFORE.match(text, match.start() - 1)) and not _ELIDED.match(text, match.start())
    ]


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
