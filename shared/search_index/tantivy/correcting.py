"""A better spelling of a query, from the index's own words."""

from __future__ import annotations

from collections import Counter

import tantivy

from shared.search_index.text.reading import Reading
from shared.search_index.text.spelling import distance, forgiven
from shared.search_index.text.words import fold, spellings

from .matching import Match, near
from .schema import from_tantivy

_READ = 12
"""Documents read to see how a word is really written."""


def correction(searcher: tantivy.Searcher, reading: Reading, match: Match) -> str | None:
    """The query with each word that no document has replaced by the nearest one that some have.

    None when every word is known or nothing near is. Of words equally near the one that more of the documents
    read have wins; it is given as it is written there, accents included.
    """
    better: dict[str, str] = {}
    for spelled in match.words:
        if not spelled.known and (word := _nearest(searcher, spelled.word)) is not None:
            better[spelled.word] = word
    if not better:
        return None
    text = reading.text
    for start, end, folded in sorted(reading.places, reverse=True):
        if folded in better:
            text = text[:start] + better[folded] + text[end:]
    return text


def _nearest(searcher: tantivy.Searcher, typed: str) -> str | None:
    allowed = forgiven(typed)
    # From six letters on a proposal may reach one letter further than what is forgiven unasked.
    for most in (1, 2) if len(typed) > 5 and allowed else (allowed,):
        if not most:
            continue
        found = searcher.search(near(typed, most), _READ).hits
        documents: Counter[str] = Counter()
        for _score, address in found:
            stored = from_tantivy(searcher, address)
            documents.update(
                {written.lower() for text in (stored.title, stored.summary, stored.body) for written in spellings(text)}
            )
        near_words = [
            (apart, -count, written)
            for written, count in documents.items()
            if (apart := distance(typed, fold(written), most)) <= most
        ]
        if near_words:
            return min(near_words)[2]
    return None
