"""Titles and excerpts that show why a hit is there: escaped text with ``<mark>`` around what matched.

The text is cut into words exactly as it was for the index, and each word is held against the words of the
query in every way the index can match them, so an accent, an inflection, a beginning or a typo is marked
just like the word itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from .spelling import Spelled
from .stored import Stored
from .words import LANGUAGES, Word, fold, places, spellings, stem, words

EXCERPT = 240
"""Characters of an excerpt, the ellipses not counted."""
_ELLIPSIS = "…"
_LEAD = 60
"""Characters of context shown before the first match of an excerpt."""


class _Mark(NamedTuple):
    start: int
    end: int
    reason: int
    """Which word or phrase of the query it answers."""


class Highlighter:
    """Marks the matches of one query; made once for a page of hits."""

    def __init__(self, sought: Sequence[Spelled], phrases: Sequence[tuple[str, ...]]) -> None:
        self._phrases = phrases
        self._wanted = len(sought) + len(phrases)
        self._exact = {spelled.word: number for number, spelled in enumerate(sought)}
        self._stems = {
            language: {stem(language, spelled.word): number for number, spelled in enumerate(sought)}
            for language in LANGUAGES
        }
        self._loose = [(number, spelled) for number, spelled in enumerate(sought) if spelled.prefix or spelled.typos]
        self._reasons: dict[str, dict[str, int | None]] = {}

    @classmethod
    def plain(cls) -> Highlighter:
        """One that marks nothing."""
        return cls((), ())

    def title(self, stored: Stored) -> str:
        """The whole title."""
        return _marked(stored.title, self._marks(stored.title, stored.language), 0, len(stored.title)).strip()

    def excerpt(self, stored: Stored) -> str:
        """The part of the summary, or of the body if it shows more, in which most of the query is found."""
        best = self._window(stored.summary, stored.language) if stored.summary.strip() else None
        if stored.body.strip() and (best is None or len(best.reasons) < self._wanted):
            body = self._window(stored.body, stored.language)
            if best is None or len(body.reasons) > len(best.reasons):
                best = body
        return best.html if best is not None else ""

    def _window(self, text: str, language: str) -> _Window:
        marks = self._marks(text, language)
        start, end = _bounds(text, marks)
        inside = frozenset(mark.reason for mark in marks if start <= mark.start and mark.end <= end)
        html = _marked(text, marks, start, end).strip()
        if text[:start].strip():
            html = _ELLIPSIS + html
        if text[end:].strip():
            html += _ELLIPSIS
        return _Window(html, inside)

    def _marks(self, text: str, language: str) -> list[_Mark]:
        if not self._wanted:
            return []
        marks: list[_Mark] = []
        known = self._reasons.setdefault(language, {})
        matching: dict[str, int] = {}
        for written in spellings(text):
            if written not in known:
                known[written] = self._reason(fold(written), language)
            if (reason := known[written]) is not None:
                matching[written] = reason
        if matching:
            marks = [_Mark(start, end, matching[text[start:end]]) for start, end in places(text, matching)]
        if self._phrases:
            found = words(text)
            for number, phrase in enumerate(self._phrases, len(self._exact)):
                marks += _occurrences(found, phrase, number)
        return _apart(marks)

    def _reason(self, folded: str, language: str) -> int | None:
        """Which word of the query this word of a text answers."""
        if (number := self._exact.get(folded)) is not None:
            return number
        if (stems := self._stems.get(language)) and (number := stems.get(stem(language, folded))) is not None:
            return number
        for number, spelled in self._loose:
            if spelled.prefix and folded.startswith(spelled.word):
                return number
        for number, spelled in self._loose:
            if spelled.is_typo_of(folded):
                return number
        return None


class _Window(NamedTuple):
    html: str
    reasons: frozenset[int]


def _occurrences(found: Sequence[Word], phrase: tuple[str, ...], reason: int) -> Iterable[_Mark]:
    for start in range(len(found) - len(phrase) + 1):
        if found[start].folded == phrase[0] and all(
            found[start + step].folded == word for step, word in enumerate(phrase)
        ):
            yield _Mark(found[start].start, found[start + len(phrase) - 1].end, reason)


def _apart(marks: list[_Mark]) -> list[_Mark]:
    """The marks in order; of two that overlap the one that begins first, or is longer, takes in the other."""
    apart: list[_Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if apart and mark.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, mark.end))
        else:
            apart.append(mark)
    return apart


def _bounds(text: str, marks: Sequence[_Mark]) -> tuple[int, int]:
    """The stretch of at most `EXCERPT` characters with most different matches, cut between words."""
    if len(text) <= EXCERPT:
        return 0, len(text)
    first = _best_start(marks)
    start = 0
    if first is not None and first.end > EXCERPT - _LEAD:
        start = _next_word(text, max(0, first.start - _LEAD), first.start)
    end = min(start + EXCERPT, len(text))
    if end == len(text):
        start = min(start, _next_word(text, end - EXCERPT, start))
    else:
        cut = text.rfind(" ", start + 1, end + 1)
        # A text without spaces is cut anywhere, but not before its match.
        end = cut if cut > (first.end if first is not None and first.start >= start else start) else end
    return start, end


def _best_start(marks: Sequence[_Mark]) -> _Mark | None:
    """The mark from which on most different words of the query are seen together."""
    best: _Mark | None = None
    most = 0
    inside: dict[int, int] = {}
    last = 0
    for first in marks:
        while last < len(marks) and marks[last].end <= first.start + EXCERPT - _LEAD:
            inside[marks[last].reason] = inside.get(marks[last].reason, 0) + 1
            last += 1
        if best is None or len(inside) > most:
            best, most = first, len(inside)
        if first.reason in inside:
            inside[first.reason] -= 1
            if not inside[first.reason]:
                del inside[first.reason]
    return best


def _next_word(text: str, start: int, limit: int) -> int:
    """Where the first whole word at or after ``start`` begins, at most ``limit``."""
    if start == 0 or text[start - 1].isspace():
        return start
    space = text.find(" ", start, limit)
    return space + 1 if space >= 0 else start


def _marked(text: str, marks: Sequence[_Mark], start: int, end: int) -> str:
    """``text[start:end]``, escaped, with its marks; a mark that reaches out is cut."""
    parts: list[str] = []
    done = start
    for mark in marks:
        begin, finish = max(mark.start, start), min(mark.end, end)
        if begin >= finish:
            continue
        parts += escape(text[done:begin]), "<mark>", escape(text[begin:finish]), "</mark>"
        done = finish
    parts.append(escape(text[done:end]))
    return "".join(parts)
