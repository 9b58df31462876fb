"""From what a reader meant to a tantivy query.

For each required word there are four ways to match, each worth less than the one before: as typed, by its
stem, as the beginning of a word (the last word, while it is typed), and with typos forgiven. Typos are
forgiven only in a word that few documents have: who types *port* does not mean *pont*, *sport* and *part*.
In a word that some document has (or begins with, while it is typed) one typo is forgiven and never in the first
letter: who types *water* does not mean *matériel*.
Title weighs more than people, summary and body.

All required words must match. When no document of the index has them all, as many as possible must: a
decision on the text alone, taken without the filters, so that filters narrow and never change what the
words mean, and total, facets and hits are of one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import tantivy

from shared.search_index.text.reading import Reading
from shared.search_index.text.spelling import Spelled, forgiven, neighbours
from shared.search_index.text.words import LANGUAGES, clean, stem

from .counting import how_many
from .schema import PEOPLE, SCHEMA, TEXTS, WORD_FIELDS, microseconds, stem_field

RARE = 5
"""A word that fewer documents have, as typed or by its stem, may be a typo."""
SHORTEST_PREFIX_IN_TEXT = 2
"""A single letter is the beginning of words in titles and names only: in bodies it would match nearly all."""

# Worth of a match by field: a flat part, which keeps the order of the ways to match whatever the statistics
# say, and a factor on BM25.
_FLAT = {"title": 4.0, PEOPLE: 3.0, "summary": 2.0, "body": 1.0}
_BM25 = {"title": 2.0, PEOPLE: 1.5, "summary": 1.2, "body": 1.0}
_STEM, _PREFIX, _FUZZY, _FAR = 0.7, 0.15, 0.04, 0.02

Must, Should, MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
_Q = tantivy.Query


@dataclass(frozen=True, slots=True)
class Match:
    """A text, made into a query; highlighting needs the words too."""

    query: tantivy.Query
    words: tuple[Spelled, ...]
    phrases: tuple[tuple[str, ...], ...]
    scored: bool
    """Whether hits differ in score at all; if not they come newest first."""


def match(searcher: tantivy.Searcher, reading: Reading, *, prefix: bool) -> Match:
    """The query for a text, without filters."""
    if reading.looks_for_nothing:
        return Match(_Q.empty_query(), (), (), scored=False)
    spelled = tuple(_spell(searcher, word, prefix and word == reading.last) for word in reading.required)
    clauses: list[tuple[tantivy.Occur, tantivy.Query]] = [
        (Must, _in_fields([_phrase(field, phrase) for field in WORD_FIELDS])) for phrase in reading.phrases
    ]
    clauses += [(MustNot, _excluded(words)) for words in reading.excluded]
    if not (spelled or reading.phrases):
        clauses.append((Must, _Q.all_query()))
    if spelled:
        clauses.append((Must, _most_of(searcher, clauses, [_word(word) for word in spelled])))
        clauses += [(Should, _exact(word)) for word in reading.common]
        if len(reading.required) > 1:
            clauses += [(Should, _Q.boost_query(_phrase(field, reading.required), _BM25[field])) for field in TEXTS]
    return Match(_Q.boolean_query(clauses), spelled, reading.phrases, scored=bool(spelled or reading.phrases))


def _spell(searcher: tantivy.Searcher, word: str, prefix: bool) -> Spelled:
    documents = how_many(searcher, _Q.boolean_query([(Should, _exact(word)), (Should, _stems(word))]))
    if prefix and documents < RARE:
        documents = max(documents, how_many(searcher, _beginnings(word, 0)))
    known = documents > 0
    typos = forgiven(word) if documents < RARE else 0
    return Spelled(word, known=known, typos=min(typos, 1) if known else typos, prefix=prefix)


def _most_of(
    searcher: tantivy.Searcher,
    others: list[tuple[tantivy.Occur, tantivy.Query]],
    alternatives: list[tantivy.Query],
) -> tantivy.Query:
    """All words; if no document has them all beside the other clauses, the greatest number that some has."""

    def having(least: int) -> tantivy.Query:
        return _Q.boolean_query([(Should, word) for word in alternatives], minimum_number_should_match=least)

    def exists(least: int) -> bool:
        return how_many(searcher, _Q.boolean_query([*others, (Must, having(least))])) > 0

    low, high = 1, len(alternatives)
    if high == 1 or exists(high):
        return having(high)
    while low < high - 1:
        middle = (low + high) // 2
        if exists(middle):
            low = middle
        else:
            high = middle
    return having(low)


def _word(spelled: Spelled) -> tantivy.Query:
    ways = [_exact(spelled.word), _Q.boost_query(_stems(spelled.word), _STEM)]
    if spelled.prefix:
        ways.append(_Q.boost_query(_beginnings(spelled.word, 0), _PREFIX))
    if spelled.typos and spelled.known:
        ways.append(_Q.boost_query(_neighbours(WORD_FIELDS, spelled.word), _FUZZY))
        return _Q.disjunction_max_query(ways)
    forgiving = _beginnings if spelled.prefix else near
    if spelled.typos:
        ways.append(_Q.boost_query(forgiving(spelled.word, 1), _FUZZY))
    if spelled.typos > 1:
        ways.append(_Q.boost_query(forgiving(spelled.word, 2), _FAR))
    return _Q.disjunction_max_query(ways)


def _exact(word: str) -> tantivy.Query:
    return _weighted((field, _Q.term_query(SCHEMA, field, word)) for field in WORD_FIELDS)


def _stems(word: str) -> tantivy.Query:
    return _Q.boolean_query(
        [(Should, _weighted((field, _stem_term(field, language, word)) for field in TEXTS)) for language in LANGUAGES]
    )


def _stem_term(field: str, language: str, word: str) -> tantivy.Query:
    return _Q.term_query(SCHEMA, stem_field(field, language), stem(language, word))


def _weighted(terms: Iterable[tuple[str, tantivy.Query]]) -> tantivy.Query:
    clauses: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for field, term in terms:
        clauses.append((Should, _Q.boost_query(term, _BM25[field])))
        clauses.append((Should, _Q.const_score_query(term, _FLAT[field])))
    return _Q.boolean_query(clauses)


def _beginnings(word: str, typos: int) -> tantivy.Query:
    """Words that begin with this one, give or take ``typos``."""
    fields = WORD_FIELDS if len(word) >= SHORTEST_PREFIX_IN_TEXT else ("title", PEOPLE)
    return _automaton(fields, word, typos, prefix=True)


def near(word: str, typos: int) -> tantivy.Query:
    """Documents with a word at most ``typos`` from this one, in any field."""
    return _automaton(WORD_FIELDS, word, typos, prefix=False)


def _neighbours(fields: Iterable[str], word: str) -> tantivy.Query:
    """Documents with a word that begins as this one does and is one typo away."""
    words = sorted(neighbours(word))
    return _in_fields([_Q.const_score_query(_Q.term_set_query(SCHEMA, field, words), _FLAT[field]) for field in fields])


def _automaton(fields: Iterable[str], word: str, typos: int, *, prefix: bool) -> tantivy.Query:
    return _in_fields(
        [
            _Q.const_score_query(
                _Q.fuzzy_term_query(SCHEMA, field, word, distance=typos, transposition_cost_one=True, prefix=prefix),
                _FLAT[field],
            )
            for field in fields
        ]
    )


def _in_fields(queries: list[tantivy.Query]) -> tantivy.Query:
    return _Q.boolean_query([(Should, query) for query in queries])


def _phrase(field: str, phrase: tuple[str, ...]) -> tantivy.Query:
    if len(phrase) == 1:
        return _Q.term_query(SCHEMA, field, phrase[0])
    return _Q.phrase_query(SCHEMA, field, list(phrase))


def _excluded(words: tuple[str, ...]) -> tantivy.Query:
    """A single word is excluded in all its inflections, a phrase (or a word with a hyphen) as it stands."""
    if len(words) == 1:
        return _Q.boolean_query([(Should, _exact(words[0])), (Should, _stems(words[0]))])
    return _in_fields([_phrase(field, words) for field in WORD_FIELDS])


def title_match(searcher: tantivy.Searcher, reading: Reading) -> Match:
    """For suggestions: each word in the title, as a beginning, by its stem or with typos forgiven."""
    words = (*reading.required, *(word for phrase in reading.phrases for word in phrase))
    spelled: list[Spelled] = []
    clauses: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for word in words:
        exact = _weighted([("title", _Q.term_query(SCHEMA, "title", word))])
        stems = [
            (Should, _Q.boost_query(_weighted([("title", _stem_term("title", language, word))]), _STEM))
            for language in LANGUAGES
        ]
        begun = _automaton(("title",), word, 0, prefix=True)
        ways = [(Should, exact), *stems, (Should, _Q.boost_query(begun, _PREFIX))]
        found = _spell(searcher, word, prefix=True)
        if how_many(searcher, _Q.boolean_query(ways)):
            # It stands in titles: who typed it means it.
            found = Spelled(word, known=True, typos=0, prefix=True)
        elif found.typos and found.known:
            ways.append((Should, _neighbours(("title",), word)))
        elif found.typos:
            ways.append((Should, _automaton(("title",), word, found.typos, prefix=True)))
        clauses.append((Must, _Q.boolean_query(ways)))
        spelled.append(found)
    query = _Q.boolean_query(clauses) if clauses else _Q.empty_query()
    return Match(query, tuple(spelled), (), scored=True)


class Filters:
    """The filters of a query: facets and dates."""

    def __init__(self, facets: Mapping[str, tuple[str, ...]], since: datetime | None, until: datetime | None) -> None:
        self.facets = {
            facet: _Q.term_set_query(SCHEMA, facet, [clean(value) for value in values])
            for facet, values in facets.items()
            if values
        }
        self._dates: tantivy.Query | None = None
        if since is not None or until is not None:
            self._dates = _Q.range_query(
                SCHEMA,
                "date",
                tantivy.FieldType.Integer,
                lower_bound=None if since is None else microseconds(since),
                upper_bound=None if until is None else microseconds(until),
                include_upper=until is None,
            )

    def narrow(self, query: tantivy.Query, *, but: str | None = None) -> tantivy.Query:
        """``query`` within these filters, the one on the facet ``but`` left out."""
        filters = [chosen for facet, chosen in self.facets.items() if facet != but]
        if self._dates is not None:
            filters.append(self._dates)
        if not filters:
            return query
        return _Q.boolean_query([(Must, query), *((Must, _Q.const_score_query(chosen, 0.0)) for chosen in filters)])
