"""What a typed text means to this index: how each of its words is looked for, as a filter over the words of documents.

The rules are those of ADR 12, the same as on tantivy. A word matches as typed, by its stem, as a beginning (the last
word, while it is typed), and, where few documents have it, with typos: Meilisearch's facet search finds the words of
the index near to it, and of those the ones count that the rules allow. All required words must match; when no document
of the whole index has them all, the greatest number that some document has must: decided on the text alone, without
the filters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.search_index.text.reading import Reading
from shared.search_index.text.spelling import Spelled, distance, forgiven

from .fields import EVERY
from .filters import ALL, NONE, all_of, any_of, at_least, begins, having, none_of, one_of
from .server import Meilisearch

RARE = 5
"""A word that fewer documents have, as typed or by its stem, may be a typo."""
SHORTEST_PREFIX_IN_TEXT = 2
"""A single letter is the beginning of words in titles and names only: in bodies it would match nearly all."""
MOST_WEIGHED = 8
"""When no document has all words, the rarest so many of those that some document has are weighed against each other."""
_RANKED = 9
"""Words that Meilisearch ranks by, beside the one that every document has: it reads ten of a query."""

Near = Mapping[str, int]
"""Words of the index near to a typed one, and how many documents have each."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One required word: how it is looked for, which documents have it, and what of the index is near to it."""

    spelled: Spelled
    filter: str
    near: Near


@dataclass(frozen=True, slots=True)
class Meaning:
    """A text, made into what Meilisearch is asked."""

    words: tuple[Sought, ...]
    phrases: tuple[tuple[str, ...], ...]
    base: str
    """The filter of what must hold beside the words."""
    filter: str
    """Which documents match, as long as some document has all words."""
    phrasing: str
    """What phrases ask, and forbid, as part of the query's text."""
    ranking: str
    """The whole text of the query: phrases, and what Meilisearch ranks by."""

    @property
    def scored(self) -> bool:
        """Whether hits differ in score at all; if not they come newest first."""
        return bool(self.words or self.phrases)

    @property
    def spelled(self) -> tuple[Spelled, ...]:
        """How the words are looked for, for highlighting."""
        return tuple(one.spelled for one in self.words)


async def understand(server: Meilisearch, index: str, reading: Reading, *, prefix: bool) -> Meaning:
    """What a text means to the index of that name."""
    words = await _seek(server, index, reading, prefix=prefix)
    base = [ALL]
    base += [all_of([one_of("words", [word]) for word in phrase]) for phrase in reading.phrases]
    base += [none_of(having(words[0])) for words in reading.excluded if len(words) == 1]
    phrasing = "".join(f'-"{" ".join(words)}" ' for words in reading.excluded if len(words) > 1)
    phrasing += "".join(f'"{" ".join(words)}" ' for words in reading.phrases if len(words) > 1)
    required = [one.filter for one in words]
    return Meaning(
        words=words,
        phrases=reading.phrases,
        base=all_of(base),
        filter=all_of([*base, *required]),
        phrasing=phrasing + EVERY + " ",
        ranking=phrasing + _ranking(reading, words),
    )


async def _seek(server: Meilisearch, index: str, reading: Reading, *, prefix: bool) -> tuple[Sought, ...]:
    asked: list[str] = []
    for word in reading.required:
        asked.append(having(word))
        if prefix and word == reading.last:
            asked.append(_beginning(word))
    if not asked:
        return ()
    counts = iter(await count(server, index, asked))
    held: list[tuple[str, bool, int]] = []
    for word in reading.required:
        documents, open_end = next(counts), prefix and word == reading.last
        if open_end:
            begun = next(counts)
            documents = max(documents, begun) if documents < RARE else documents
        held.append((word, open_end, documents))
    return tuple(await asyncio.gather(*(_spell(server, index, *one) for one in held)))


async def _spell(server: Meilisearch, index: str, word: str, prefix: bool, documents: int) -> Sought:
    spelled = spell(word, prefix, documents)
    ways = [having(word)]
    if prefix:
        ways.append(_beginning(word))
    near = await near_words(server, index, "words", word) if spelled.typos else {}
    ways += typos(spelled, near)
    return Sought(spelled, any_of(ways), near)


def spell(word: str, prefix: bool, documents: int) -> Spelled:
    """How a word that so many documents have is looked for."""
    known = documents > 0
    most = forgiven(word) if documents < RARE else 0
    return Spelled(word, known=known, typos=min(most, 1) if known else most, prefix=prefix)


def typos(spelled: Spelled, near: Near, field: str = "words") -> list[str]:
    """The filter for the words it may be a typo of, if there are any."""
    meant = [word for word in near if word != spelled.word and spelled.is_typo_of(word)]
    return [one_of(field, sorted(meant))] if meant else []


def _beginning(word: str) -> str:
    return begins("words" if len(word) >= SHORTEST_PREFIX_IN_TEXT else "leading_words", word)


async def near_words(server: Meilisearch, index: str, field: str, word: str) -> Near:
    """Words of the index that begin like this one, give or take the typos that its length allows."""
    answer = await server.post(f"/indexes/{index}/facet-search", {"facetName": field, "facetQuery": word})
    return {found["value"]: int(found["count"]) for found in answer["facetHits"]}


async def count(server: Meilisearch, index: str, filters: Sequence[str], text: str = "") -> list[int]:
    """How many documents fit each of the filters and the text."""
    answers = await server.search([counting(index, one, text) for one in filters])
    return [int(answer["estimatedTotalHits"]) for answer in answers]


def counting(index: str, filter: str, text: str = "") -> dict[str, Any]:
    """The search that counts and finds nothing. (Without ranking there is nothing to estimate: it is exact.)"""
    return {"indexUid": index, "q": text, "filter": filter, "limit": 0}


def _ranking(reading: Reading, words: Sequence[Sought]) -> str:
    """What Meilisearch ranks by. It leaves words out from the end on, and never the one that every document has."""
    last = next((one.spelled.word for one in words if one.spelled.prefix), None)
    ranked = [one.spelled.word for one in words if one.spelled.word != last]
    ranked += reading.common
    # A word without a space after it may be the beginning of one.
    return " ".join([EVERY, *ranked[: _RANKED - 1], "" if last is None else last])


async def weaken(server: Meilisearch, index: str, meaning: Meaning) -> str:
    """The filter when no document has all words: as many of them as some document has."""
    each = [one.filter for one in meaning.words]
    counts = await count(server, index, [all_of([meaning.base, one]) for one in each], meaning.phrasing)
    had = sorted((documents, number) for number, documents in enumerate(counts) if documents)
    weighed = [each[number] for _documents, number in had[:MOST_WEIGHED]]
    if not weighed:
        return NONE
    numbers = range(len(weighed), 0, -1)
    ways = [all_of([meaning.base, at_least(number, weighed)]) for number in numbers]
    counts = await count(server, index, ways, meaning.phrasing)
    return next((way for way, documents in zip(ways, counts, strict=True) if documents), NONE)


async def in_titles(server: Meilisearch, index: str, reading: Reading) -> Meaning:
    """For suggestions: each word in the title, as a beginning, by its stem or with typos forgiven."""
    words = tuple(dict.fromkeys((*reading.required, *(word for phrase in reading.phrases for word in phrase))))
    asked = [one for word in words for one in (having(word), _beginning(word), _title_ways(word))]
    counts = await count(server, index, asked) if asked else []
    held = list(zip(words, counts[::3], counts[1::3], counts[2::3], strict=True))
    sought = tuple(await asyncio.gather(*(_in_title(server, index, *one) for one in held)))
    return Meaning(
        words=sought,
        phrases=(),
        base=ALL,
        filter=all_of([ALL, *(one.filter for one in sought)]),
        phrasing=EVERY + " ",
        ranking=" ".join([EVERY, *(one.spelled.word for one in sought)]),
    )


async def _in_title(server: Meilisearch, index: str, word: str, exact: int, begun: int, titles: int) -> Sought:
    if titles:
        # It stands in titles: who typed it means it.
        return Sought(Spelled(word, known=True, typos=0, prefix=True), _title_ways(word), {})
    spelled = spell(word, True, max(exact, begun) if exact < RARE else exact)
    near = await near_words(server, index, "title_words", word) if spelled.typos else {}
    return Sought(spelled, any_of(typos(spelled, near, "title_words")), near)


def _title_ways(word: str) -> str:
    return any_of([having(word, words="title_words", stems="title_stems"), begins("title_words", word)])


def nearest(sought: Sought) -> list[str]:
    """The words of the index that a word nobody wrote was most probably meant to be, the likeliest first."""
    typed = sought.spelled.word
    allowed = forgiven(typed)
    if not allowed:
        return []
    most = 2 if len(typed) > 5 else allowed
    apart = [(distance(typed, word, most), -documents, word) for word, documents in sought.near.items()]
    return [word for far, _documents, word in sorted(apart) if far <= most]
