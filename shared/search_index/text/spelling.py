"""How far two words are apart, and how far a typo may go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase


@dataclass(frozen=True, slots=True)
class Spelled:
    """How one required word of a query is looked for."""

    word: str
    known: bool
    """Some document has it as typed or by its stem, or (``prefix``) has a word that begins with it."""
    typos: int
    """How many are forgiven: in a word that is known, one, and not in its first letter."""
    prefix: bool
    """Whether it may be the beginning of a word."""

    def is_typo_of(self, folded: str) -> bool:
        """Whether it may stand for this word by the typos that are forgiven in it."""
        if not self.typos:
            return False
        if self.known:
            return folded[0] == self.word[0] and distance(self.word, folded, self.typos) <= self.typos
        return distance(self.word, folded, self.typos, prefix=self.prefix) <= self.typos


def forgiven(folded: str) -> int:
    """Typos forgiven in a word: none below 4 letters, 1 from 4, 2 from 8. Numbers are taken as typed."""
    if any(character.isdigit() for character in folded):
        return 0
    if len(folded) >= 8:
        return 2
    return 1 if len(folded) >= 4 else 0


def neighbours(folded: str) -> set[str]:
    """Words one typo from this one that begin with the same letter; a letter put in is one of a to z or its own."""
    return set(_one_typo_further(folded)) - {folded}


def _one_typo_further(folded: str) -> Iterator[str]:
    letters = sorted({*ascii_lowercase, *folded})
    for place in range(1, len(folded) + 1):
        before, at, after = folded[:place], folded[place : place + 1], folded[place + 1 :]
        yield from (before + letter + at + after for letter in letters)
        if at:
            yield before + after
            yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[0] + at + after[1:]


def distance(typed: str, word: str, most: int, *, prefix: bool = False) -> int:
    """Letters inserted, dropped, replaced or swapped with a neighbour between the two; ``most + 1`` if more.

    With ``prefix``, the distance to the beginning of ``word`` that is nearest. It is the optimal string
    alignment distance, the one of tantivy's automata, so that what the index finds is also marked.
    """
    far = most + 1
    if abs(len(typed) - len(word)) > most and not (prefix and len(word) > len(typed)):
        return far
    # Most words share too few letters to be near: a test of sets spares them the table.
    strange = set(typed) - set(word) if prefix else set(typed) ^ set(word)
    if len(strange) > (most if prefix else 2 * most):
        return far
    if prefix:
        word = word[: len(typed) + most]
    # Rows run over `word`: the last column of a row is the distance of all of `typed` to a beginning of it.
    before: list[int] = []
    row = list(range(len(typed) + 1))
    best = row[-1]
    for i, letter in enumerate(word, 1):
        earlier, before = before, row
        row = [i]
        for j, other in enumerate(typed, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == typed[j - 2] and word[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        best = min(best, row[-1])
        if min(row) > most:
            break
    else:
        if not prefix:
            return min(row[-1], far)
    return min(best, far) if prefix else far
