"""What a document looks like inside Meilisearch, and the settings of its index.

Text is cut into words by `shared.search_index.text.words`, not by Meilisearch. Which documents match is asked by
filters over the words and stems of each document, which are facets to Meilisearch (``words``, ``stems`` and so on):
filters combine freely and count exactly, and the facet search finds words that are near to a mistyped one. In which
order they come is Meilisearch's ranking over the same words as text (``title``, ``people``, ``summary``, ``body``).
What is shown is kept beside. Any change here or in `words` needs a higher `VERSION`: an index of another version is
built anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.search_index.port import DEEPEST, FACETS, IndexDocument
from shared.search_index.text.stored import Stored
from shared.search_index.text.words import LANGUAGES, clean, folded_words, language_of, stem

VERSION = 1

EVERY = "xqxqxq"
"""A word that every document has and nobody types: Meilisearch insists on the first word of a query."""
ABOUT = "about"
"""The key of the one document of an index that tells what the index is, and is never found."""
LONGEST_ID = 200
MOST_VALUES = 10_000
"""Different values of a facet that are counted, and of words that are looked at as near a mistyped one."""
SHOWN = ["id", "stamp", "language", "type", "shown_title", "shown_summary", "shown_body"]
"""The fields a hit is made of."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EQUAL = {"equality": True, "comparison": False}

SETTINGS: Mapping[str, Any] = {
    "searchableAttributes": ["title", "people", "summary", "body", "every"],
    "displayedAttributes": ["*"],
    "filterableAttributes": [
        {"attributePatterns": ["words", "title_words"], "features": {"facetSearch": True, "filter": _EQUAL}},
        {
            "attributePatterns": ["key", "about", "every", "leading_words", "stems", "title_stems", *FACETS],
            "features": {"facetSearch": False, "filter": _EQUAL},
        },
        {
            "attributePatterns": ["date"],
            "features": {"facetSearch": False, "filter": {"equality": False, "comparison": True}},
        },
    ],
    "sortableAttributes": ["date", "id"],
    "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness", "date:desc", "id:asc"],
    "typoTolerance": {"enabled": True, "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 8}},
    "faceting": {"maxValuesPerFacet": MOST_VALUES},
    "pagination": {"maxTotalHits": DEEPEST},
    "stopWords": [],
    "synonyms": {},
}


def key_of(id: str) -> str:
    """The primary key of a document: Meilisearch allows letters, digits, ``-`` and ``_`` there only."""
    return hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()


def microseconds(moment: datetime) -> int:
    """Since 1970; exact in the doubles that Meilisearch keeps until the year 2255."""
    return (moment - _EPOCH) // _MICROSECOND


def about(generation: str, *, for_rebuild: bool) -> dict[str, Any]:
    """The document that tells what an index is."""
    return {"key": ABOUT, "about": 1, "schema": VERSION, "generation": generation, "begun_for_rebuild": for_rebuild}


def to_meilisearch(document: IndexDocument) -> dict[str, Any]:
    """The document as it is written. Raises ValueError, naming the field, for what cannot be indexed."""
    if len(document.id) > LONGEST_ID or clean(document.id) != document.id:
        raise ValueError(f"id {document.id[:50]!r} must be 1 to {LONGEST_ID} printable characters")
    title, summary, body = (clean(text) for text in (document.title, document.summary, document.body))
    in_title, in_summary, in_body = folded_words(title), folded_words(summary), folded_words(body)
    people = [word for name in document.people for word in folded_words(clean(name))]
    language = language_of(document.language)
    return {
        "key": key_of(document.id),
        "id": document.id,
        "stamp": document.stamp,
        "every": EVERY,
        "date": microseconds(document.date),
        "title": " ".join(in_title),
        "people": " ".join(people),
        "summary": " ".join(in_summary),
        "body": " ".join(in_body),
        "words": sorted({*in_title, *in_summary, *in_body, *people}),
        "stems": _stems(language, {*in_title, *in_summary, *in_body}),
        "leading_words": sorted({*in_title, *people}),
        "title_words": sorted(set(in_title)),
        "title_stems": _stems(language, set(in_title)),
        "shown_title": title,
        "shown_summary": summary,
        "shown_body": body,
        **{facet: [clean(value) for value in values] for facet, values in _facets(document, language).items()},
    }


def _facets(document: IndexDocument, language: str) -> dict[str, tuple[str, ...]]:
    return {
        "type": (document.type,),
        "language": (language,),
        "year": (str(document.date.astimezone(UTC).year),),
        **{facet: tuple(dict.fromkeys(values)) for facet, values in document.facets.items()},
    }


def stem_value(language: str, folded: str) -> str:
    """A word's stem as it stands in ``stems`` and ``title_stems``."""
    return f"{language} {stem(language, folded)}"


def _stems(language: str, folded: set[str]) -> list[str]:
    return sorted({stem_value(language, word) for word in folded}) if language in LANGUAGES else []


def from_meilisearch(found: Mapping[str, Any]) -> Stored:
    """Read a document back that was asked for with `SHOWN`, and whatever facets beside."""
    facets = {facet: list(found.get(facet) or ()) for facet in FACETS}
    return Stored(
        found["id"],
        int(found["stamp"]),
        found["language"][0],
        found["shown_title"],
        found["shown_summary"],
        found["shown_body"],
        facets,
    )
