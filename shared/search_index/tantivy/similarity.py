"""Documents most like one document."""

from __future__ import annotations

import tantivy

from .schema import SCHEMA, TEXTS, Stored, stem_field
from .words import COMMON, LANGUAGES, folded_words, stem

_FACETS = {"theme": 2.0, "territory": 1.0}
"""What a shared theme or territory counts beside the words; alone it makes no document similar."""
_WEIGHT = {"title": 2.0, "summary": 1.5, "body": 1.0}
_MOST_TERMS = 25
"""Telling words taken from each text."""
_COMMON_STEMS = {language: sorted(COMMON | {stem(language, word) for word in COMMON}) for language in LANGUAGES}


def like(searcher: tantivy.Searcher, stored: Stored) -> tantivy.Query:
    """Other documents that share its telling words (of title, summary and body, by stem in its language)."""
    language = stored.language
    stemmed = language in LANGUAGES
    shared: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for field, text in zip(TEXTS, (stored.title, stored.summary, stored.body), strict=True):
        folded = folded_words(text)
        if stemmed:
            folded = [stem(language, word) for word in folded]
        if not folded:
            continue
        alike = tantivy.Query.more_like_this_document_fields_query(
            SCHEMA,
            {stem_field(field, language) if stemmed else field: [" ".join(folded)]},
            min_doc_frequency=2,
            # What a third of all documents say tells nothing about one of them.
            max_doc_frequency=max(10, searcher.num_docs // 3),
            min_term_frequency=1,
            max_query_terms=_MOST_TERMS,
            min_word_length=3,
            stop_words=_COMMON_STEMS[language] if stemmed else sorted(COMMON),
        )
        shared.append((tantivy.Occur.Should, tantivy.Query.boost_query(alike, _WEIGHT[field])))
    clauses = [
        (tantivy.Occur.Must, tantivy.Query.boolean_query(shared)),
        (tantivy.Occur.MustNot, tantivy.Query.term_query(SCHEMA, "id", stored.id)),
    ]
    for facet, weight in _FACETS.items():
        for value in stored.facets[facet]:
            same = tantivy.Query.term_query(SCHEMA, facet, value, "basic")
            clauses.append((tantivy.Occur.Should, tantivy.Query.const_score_query(same, weight)))
    return tantivy.Query.boolean_query(clauses)
