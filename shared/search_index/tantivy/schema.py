"""What a document looks like inside tantivy.

Text is cut into words by `words`, not by tantivy: each searched field holds folded words (or stems)
joined by spaces, so that highlighting and queries cut text in exactly the same way. What is shown is
kept beside as bytes. Any change here or in `words` needs a higher `VERSION`: an index of another version
is not opened but rebuilt.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import tantivy

from shared.search_index.port import FACETS, IndexDocument
from shared.search_index.text.stored import Stored
from shared.search_index.text.words import LANGUAGES, clean, folded_words, language_of, stem

VERSION = 1

TEXTS = ("title", "summary", "body")
"""Fields of words that are stemmed too, most weighty first."""
PEOPLE = "people"
WORD_FIELDS = (*TEXTS, PEOPLE)
LONGEST_ID = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stem_field(field: str, language: str) -> str:
    """The field that holds the stems of ``title``, ``summary`` or ``body`` in a language."""
    return f"{field}_{language}"


def shown_field(field: str) -> str:
    """The field that keeps a text as it is shown."""
    return f"{field}_shown"


def _build() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    # Starts a tie-break by id that needs no stored document: see `id_head`.
    builder.add_unsigned_field("id_head", fast=True)
    builder.add_integer_field("stamp", stored=True, indexed=True, fast=True)
    builder.add_integer_field("date", indexed=True, fast=True)
    for field in WORD_FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="position")
    for field in TEXTS:
        builder.add_bytes_field(shown_field(field), stored=True)
        for language in LANGUAGES:
            builder.add_text_field(stem_field(field, language), tokenizer_name="whitespace", index_option="freq")
    for facet in FACETS:
        builder.add_text_field(facet, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _build()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def id_head(id: str) -> int:
    """The first 64 bits of an id, in the order of the ids: a UUID's first half, or the first 8 bytes."""
    try:
        return uuid.UUID(id).int >> 64
    except ValueError:
        return int.from_bytes(id.encode("utf-8", "replace")[:8].ljust(8, b"\0"), "big")


def facets_of(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    """All facets of a document, the derived ones included."""
    return {
        "type": (document.type,),
        "language": (language_of(document.language),),
        "year": (str(document.date.astimezone(UTC).year),),
        **{facet: tuple(dict.fromkeys(values)) for facet, values in document.facets.items()},
    }


def to_tantivy(document: IndexDocument) -> tantivy.Document:
    """The document as it is written. Raises ValueError, naming the field, for what cannot be indexed."""
    if len(document.id) > LONGEST_ID or clean(document.id) != document.id:
        raise ValueError(f"id {document.id[:50]!r} must be 1 to {LONGEST_ID} printable characters")
    written = tantivy.Document()
    written.add_text("id", document.id)
    written.add_unsigned("id_head", id_head(document.id))
    written.add_integer("stamp", document.stamp)
    written.add_integer("date", microseconds(document.date))
    language = language_of(document.language)
    for field, text in zip(TEXTS, (document.title, document.summary, document.body), strict=True):
        kept = clean(text)
        folded = folded_words(kept)
        written.add_bytes(shown_field(field), kept.encode())
        written.add_text(field, " ".join(folded))
        if language in LANGUAGES:
            written.add_text(stem_field(field, language), " ".join([stem(language, word) for word in folded]))
    for name in document.people:
        written.add_text(PEOPLE, " ".join(folded_words(clean(name))))
    for facet, values in facets_of(document).items():
        for value in values:
            written.add_text(facet, clean(value))
    return written


def from_tantivy(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Stored:
    """Read a stored document back."""
    kept = searcher.doc(address).to_dict()
    facets = {facet: kept.get(facet, []) for facet in FACETS}
    title, summary, body = (bytes(kept[shown_field(field)][0]).decode() for field in TEXTS)
    return Stored(kept["id"][0], kept["stamp"][0], facets["language"][0], title, summary, body, facets)
