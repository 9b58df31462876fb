"""Documents most like one document: those that share its telling words.

Meilisearch's own similar documents need vectors, and so a model that makes them. Here the words that say most of what
a text is about (often here, rare elsewhere) are looked for in the others, and each that is shared counts by how telling
it is.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from shared.search_index.text.stored import Stored
from shared.search_index.text.words import COMMON, LANGUAGES, folded_words, stem

from .fields import SHOWN, from_meilisearch, key_of
from .filters import ALL, all_of, none_of, one_of
from .server import Meilisearch

_FACETS = {"theme": 0.5, "territory": 0.25}
"""What a shared theme or territory counts beside the words; alone it makes no document similar."""
_WEIGHT = {"title": 2.0, "summary": 1.5, "body": 1.0}
_MOST_ASKED = 60
"""Words of the document whose number of documents is asked for."""
_MOST_TERMS = 25
"""Telling words that are looked for."""
_MOST_WITH_ONE = 30
"""Documents looked at for each telling word, the newest."""
_SHORTEST = 3
_COMMON_STEMS = {language: COMMON | {stem(language, word) for word in COMMON} for language in LANGUAGES}


async def alike(server: Meilisearch, index: str, id: str, limit: int) -> list[tuple[Stored, float]]:
    """The documents most like this one, itself left out, with their scores; empty if it is not there."""
    asked = {"indexUid": index, "filter": one_of("key", [key_of(id)]), "limit": 1}
    found = (await server.search([{**asked, "attributesToRetrieve": [*SHOWN, *_FACETS]}]))[0]["hits"]
    if not found or limit < 1:
        return []
    this = from_meilisearch(found[0])
    weights = _weights(this)
    others = none_of(one_of("key", [key_of(id)]))
    having = [{"indexUid": index, "filter": all_of([ALL, others, term])} for term in weights]
    whole, *answers = await server.search(
        [
            {"indexUid": index, "filter": ALL, "limit": 0},
            *(
                {**one, "sort": ["date:desc", "id:asc"], "limit": _MOST_WITH_ONE, "attributesToRetrieve": ["key"]}
                for one in having
            ),
        ]
    )
    telling = _telling(weights, int(whole["estimatedTotalHits"]), answers)
    keys = sorted({hit["key"] for _term, _weight, answer in telling for hit in answer["hits"]})
    return await _scored(server, index, this, keys, [(term, weight) for term, weight, _answer in telling], limit)


def _weights(stored: Stored) -> dict[str, float]:
    """Filters for the words of a document, with how much they say about it before it is known how rare they are."""
    language = stored.language if stored.language in LANGUAGES else None
    common = COMMON if language is None else _COMMON_STEMS[language]
    weights: Counter[str] = Counter()
    for field, text in (("title", stored.title), ("summary", stored.summary), ("body", stored.body)):
        folded = folded_words(text)
        words = Counter(folded if language is None else [stem(language, word) for word in folded])
        for word, times in words.items():
            if len(word) >= _SHORTEST and word not in common:
                values = [word] if language is None else [f"{language} {word}"]
                term = one_of("words" if language is None else "stems", values)
                weights[term] += _WEIGHT[field] * math.sqrt(times)  # type: ignore[assignment]  # counts of fractions
    return dict(sorted(weights.items(), key=lambda one: (-one[1], one[0]))[:_MOST_ASKED])


def _telling(weights: dict[str, float], documents: int, answers: list[Any]) -> list[tuple[str, float, Any]]:
    """The words that say most, with their weight: often here, rare elsewhere."""
    found: list[tuple[float, str, Any]] = []
    for (term, weight), answer in zip(weights.items(), answers, strict=True):
        holding = int(answer["estimatedTotalHits"]) + 1
        # One that no other document has finds nothing; what a third of all say tells nothing about one of them.
        if 2 <= holding <= max(10, documents // 3):
            found.append((weight * math.log(1 + documents / holding), term, answer))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [(term, weight, answer) for weight, term, answer in found[:_MOST_TERMS]]


async def _scored(
    server: Meilisearch, index: str, this: Stored, keys: list[str], terms: list[tuple[str, float]], limit: int
) -> list[tuple[Stored, float]]:
    if not keys:
        return []
    among = one_of("key", keys)
    # A word that the other has in its title counts once more: ``title_words``, ``title_stems``.
    counted = [*terms, *((f"title_{term}", weight) for term, weight in terms)]
    for facet, weight in _FACETS.items():
        counted += [(one_of(facet, [value]), weight) for value in this.facets[facet]]
    answers = await server.search(
        [
            {
                "indexUid": index,
                "filter": all_of([among, term]),
                "limit": len(keys),
                "attributesToRetrieve": ["key", "id", "date"],
            }
            for term, _weight in counted
        ]
    )
    scores: dict[str, float] = {}
    ties: dict[str, tuple[int, str]] = {}
    for (_term, weight), answer in zip(counted, answers, strict=True):
        for hit in answer["hits"]:
            scores[hit["key"]] = scores.get(hit["key"], 0.0) + weight
            ties[hit["key"]] = (-int(hit["date"]), hit["id"])
    best = sorted(scores, key=lambda key: (-scores[key], *ties[key]))[:limit]
    shown = await server.search(
        [
            {
                "indexUid": index,
                "filter": one_of("key", best),
                "limit": len(best),
                "attributesToRetrieve": ["key", *SHOWN],
            }
        ]
    )
    stored = {hit["key"]: from_meilisearch(hit) for hit in shown[0]["hits"]}
    return [(stored[key], scores[key]) for key in best if key in stored]
