"""Documents most like one document."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence, Set

import tantivy

from shared.search_index.text.stored import Stored
from shared.search_index.text.words import COMMON, LANGUAGES, folded_words, stem

from .schema import SCHEMA, TEXTS, stem_field

_FACETS = {"theme": 2.0, "territory": 1.0}
"""What a shared theme or territory counts beside the words; alone it makes no document similar."""
_WEIGHT = {"title": 2.0, "summary": 1.5, "body": 1.0}
_MOST_TERMS = 25
"""Telling words taken from each text."""
_SHORTEST = 3
_COMMON_STEMS = {language: COMMON | {stem(language, word) for word in COMMON} for language in LANGUAGES}


def like(searcher: tantivy.Searcher, stored: Stored) -> tantivy.Query:
    """Other documents that share its telling words (of title, summary and body, by stem in its language).

    tantivy's own more-like-this is not used: it panics as soon as a word stands in more documents than are
    left, since it counts replaced documents that no merge has taken away yet in the one number only.
    """
    language = stored.language
    stemmed = language in LANGUAGES
    shared: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for field, text in zip(TEXTS, (stored.title, stored.summary, stored.body), strict=True):
        folded = folded_words(text)
        if stemmed:
            folded = [stem(language, word) for word in folded]
        in_field = stem_field(field, language) if stemmed else field
        for word, weight in _telling(searcher, in_field, folded, _COMMON_STEMS[language] if stemmed else COMMON):
            term = tantivy.Query.term_query(SCHEMA, in_field, word, "freq")
            shared.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, _WEIGHT[field] * weight)))
    clauses = [
        (tantivy.Occur.Must, tantivy.Query.boolean_query(shared)),
        (tantivy.Occur.MustNot, tantivy.Query.term_query(SCHEMA, "id", stored.id)),
    ]
    for facet, weight in _FACETS.items():
        for value in stored.facets[facet]:
            same = tantivy.Query.term_query(SCHEMA, facet, value, "basic")
            clauses.append((tantivy.Occur.Should, tantivy.Query.const_score_query(same, weight)))
    return tantivy.Query.boolean_query(clauses)


def _telling(searcher: tantivy.Searcher, field: str, words: Sequence[str], common: Set[str]) -> list[tuple[str, float]]:
    """The words that say most of what a text is about, with their weight: often here, rare elsewhere."""
    # Replaced documents count in ``doc_freq`` until a merge: a weight is a little low for a while, no more.
    documents = max(1, searcher.num_docs)
    weights: list[tuple[float, str]] = []
    for word, times in Counter(words).items():
        if len(word) < _SHORTEST or word in common:
            continue
        holding = searcher.doc_freq(field, word)
        # One that no other document has finds nothing; what a third of all say tells nothing about one of them.
        if 2 <= holding <= max(10, documents // 3):
            weights.append((math.sqrt(times) * math.log(1 + documents / holding), word))
    return [(word, weight) for weight, word in sorted(weights, key=lambda one: (-one[0], one[1]))[:_MOST_TERMS]]
