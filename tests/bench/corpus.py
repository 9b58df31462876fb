"""Contributions with the word frequencies of real French and English, any number of them, the same in every round.

Frequencies are those of wordfreq (https://github.com/rspeer/wordfreq, ADR 9): of what people write on the web, in
books, news and subtitles. Texts are put together of paragraphs drawn once, so that a million of them take a minute.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from wordfreq import get_frequency_dict, top_n_list

from shared.contracts.contributions import ContributionPublished

VOCABULARY = 40_000
"""Words of each language; what is rarer is nearly all names."""
PARAGRAPHS = 6_000
"""Of each language."""
WORDS = 60
"""In a paragraph; a text has two."""
THEMES = ("mobility", "energy", "housing", "public-space")
TERRITORIES = ("paris", "lyon", "marseille", "rennes", "nantes")
KINDS = ("study", "note", "op-ed", "interview")
_BEGAN = datetime(2016, 1, 1, tzinfo=UTC)
_FIRST = UUID("015203a0-0000-7000-8000-000000000000")


@dataclass(frozen=True)
class Corpus:
    """The paragraphs and titles that texts are made of."""

    paragraphs: dict[str, list[str]]
    titles: dict[str, list[str]]
    words: list[str]
    """French words that readers look for: neither so frequent that all texts have them, nor names."""

    @property
    def keys(self) -> str:
        """What the keys of all of them begin with."""
        return ContributionPublished.key(str(_FIRST)[:24])

    def contribution(self, number: int) -> ContributionPublished:
        """The text of that number."""
        drawn = random.Random(number)
        language = "en" if number % 5 == 0 else "fr"
        id = str(UUID(int=_FIRST.int + number))
        return ContributionPublished(
            id=id,
            kind=drawn.choice(KINDS),
            language=language,
            title=drawn.choice(self.titles[language]),
            summary=drawn.choice(self.titles[language]),
            text="\n\n".join(drawn.choices(self.paragraphs[language], k=2)),
            themes=(drawn.choice(THEMES),),
            territories=(drawn.choice(TERRITORIES),),
            authors=(),
            url=f"/contributions/{id}/etude",
            published_at=_BEGAN + timedelta(minutes=5 * number),
        )

    def rows(self, first: int, many: int) -> Iterator[tuple[str, str]]:
        """Key and state of each, as the projection of search keeps them."""
        for number in range(first, first + many):
            one = self.contribution(number)
            yield one.key(one.id), json.dumps(one.model_dump(mode="json"), ensure_ascii=False)


def corpus() -> Corpus:
    """Draw the paragraphs."""
    drawn = random.Random(20261123)
    paragraphs, titles = {}, {}
    for language in ("fr", "en"):
        frequencies = get_frequency_dict(language)
        words = top_n_list(language, VOCABULARY)
        reached = list(accumulate(frequencies[word] for word in words))
        # Titles have no articles: drawn from beyond the hundred most frequent words.
        after = [sum_ - reached[99] for sum_ in reached[100:]]
        paragraphs[language] = [" ".join(drawn.choices(words, cum_weights=reached, k=WORDS)) for _ in range(PARAGRAPHS)]
        titles[language] = [" ".join(drawn.choices(words[100:], cum_weights=after, k=6)) for _ in range(PARAGRAPHS)]
    asked = [word for word in top_n_list("fr", 4_000)[800:] if word.isalpha() and len(word) >= 6]
    return Corpus(paragraphs, titles, drawn.sample(asked, 60))
