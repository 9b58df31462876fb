"""What changed between two texts: paragraphs aligned, words marked. Pure, and bounded however long the texts are.

Differences are found by Myers' greedy algorithm (*An O(ND) Difference Algorithm and Its Variations*, Algorithmica 1,
1986, doi:10.1007/BF01840446). Its work grows with what changed: a comparison has a budget of steps for all its parts,
and what is beyond it is shown as replaced whole, which is also how a reader would rather see it.

CPU work: call it in the pool.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

BUDGET = 400_000
"""Steps of the inner loop a comparison may take: well below a second."""
MOST_EDITS = 600
"""Insertions and deletions looked for in one pair of sequences."""
ALIKE = 0.4
"""Share of words two paragraphs have in common to be taken for one that changed."""
LARGEST_GRID = 2_500
"""Pairs of paragraphs tried for likeness at one place."""

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


class Kind(StrEnum):
    """What became of a piece."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"
    CHANGED = "changed"
    """Of a paragraph only: its pieces say what changed in it."""


@dataclass(frozen=True)
class Piece:
    """Some words."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A line of either text, or of both."""

    kind: Kind
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def compare(before: str, after: str) -> tuple[Paragraph, ...]:
    """Align the paragraphs (lines) of two texts and mark the words that changed.

    Nothing is lost: `text_before` and `text_after` give both texts back.
    """
    effort = _Effort(BUDGET)
    found: list[Paragraph] = []
    olds, news = before.split("\n"), after.split("\n")
    for kind, run in groupby(_script(olds, news, effort), key=lambda edit: edit[0] == Kind.SAME):
        edits = list(run)
        if kind:
            found += [Paragraph(Kind.SAME, (Piece(Kind.SAME, text),)) for _, text in edits]
        else:
            gone = [text for kind_, text in edits if kind_ == Kind.GONE]
            new = [text for kind_, text in edits if kind_ == Kind.NEW]
            found += _pair(gone, new, effort)
    return tuple(found)


def text_before(paragraphs: Sequence[Paragraph]) -> str:
    """The earlier text."""
    return _side(paragraphs, Kind.NEW)


def text_after(paragraphs: Sequence[Paragraph]) -> str:
    """The later text."""
    return _side(paragraphs, Kind.GONE)


def marked(paragraph: Paragraph) -> str:
    """A paragraph as HTML, escaped: what is gone in ``<del>``, what is new in ``<ins>``."""
    tags = {Kind.GONE: "del", Kind.NEW: "ins"}
    said = []
    for piece in paragraph.pieces:
        text = html.escape(piece.text)
        tag = tags.get(piece.kind)
        said.append(f"<{tag}>{text}</{tag}>" if tag and text else text)
    return "".join(said)


def _side(paragraphs: Sequence[Paragraph], other: Kind) -> str:
    return "\n".join(
        "".join(piece.text for piece in one.pieces if piece.kind != other) for one in paragraphs if one.kind != other
    )


@dataclass
class _Effort:
    """Steps left."""

    left: int

    def spend(self, steps: int) -> bool:
        self.left -= steps
        return self.left >= 0


def _pair(gone: list[str], new: list[str], effort: _Effort) -> Iterator[Paragraph]:
    """Paragraphs that changed, in order: those alike enough face each other, the others stand alone."""
    at_gone = at_new = 0
    for one, other in [*_alike(gone, new, effort), (len(gone), len(new))]:
        yield from (Paragraph(Kind.GONE, (Piece(Kind.GONE, text),)) for text in gone[at_gone:one])
        yield from (Paragraph(Kind.NEW, (Piece(Kind.NEW, text),)) for text in new[at_new:other])
        if one < len(gone):
            pieces = _words(gone[one], new[other], effort)
            kind = Kind.CHANGED if any(piece.kind != Kind.SAME for piece in pieces) else Kind.SAME
            yield Paragraph(kind, pieces)
        at_gone, at_new = one + 1, other + 1


def _alike(gone: list[str], new: list[str], effort: _Effort) -> list[tuple[int, int]]:
    """Pairs of places, rising on both sides, with the most likeness in sum."""
    if not gone or not new or len(gone) * len(new) > LARGEST_GRID:
        return []
    if len(gone) == len(new) == 1:
        return [(0, 0)] if _likeness(Counter(gone[0].split()), Counter(new[0].split())) >= ALIKE / 2 else []
    olds, news = ([Counter(text.split()) for text in side] for side in (gone, new))
    if not effort.spend(len(olds) * sum(map(len, news)) // 4):
        return []
    best = [[0.0] * (len(news) + 1) for _ in range(len(olds) + 1)]
    scores = [[_likeness(one, other) for other in news] for one in olds]
    for i in range(len(olds) - 1, -1, -1):
        for j in range(len(news) - 1, -1, -1):
            together = scores[i][j] + best[i + 1][j + 1] if scores[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(olds) and j < len(news):
        if scores[i][j] >= ALIKE and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Share of words in common, from 0 to 1 (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _words(before: str, after: str, effort: _Effort) -> tuple[Piece, ...]:
    """The words of a paragraph that changed. Whole runs are marked: signs alone between two changes go with them."""
    runs: list[tuple[bool, str, str]] = []
    for same, group in groupby(
        _script(_TOKENS.findall(before), _TOKENS.findall(after), effort), key=lambda edit: edit[0] == Kind.SAME
    ):
        edits = list(group)
        gone = "".join(text for kind, text in edits if kind != Kind.NEW)
        new = "".join(text for kind, text in edits if kind != Kind.GONE)
        bridges = same and bool(runs) and not any(sign.isalnum() for sign in gone)
        runs.append((same and not bridges, gone, new))
    # A bridge with nothing changed after it is no bridge.
    if runs and not runs[-1][0] and runs[-1][1] == runs[-1][2]:
        runs[-1] = (True, runs[-1][1], runs[-1][2])
    pieces: list[Piece] = []
    for same, together in groupby(runs, key=lambda run: run[0]):
        parts = list(together)
        gone, new = "".join(part[1] for part in parts), "".join(part[2] for part in parts)
        if same:
            pieces.append(Piece(Kind.SAME, gone))
        else:
            pieces += [piece for piece in (Piece(Kind.GONE, gone), Piece(Kind.NEW, new)) if piece.text]
    return tuple(pieces)


def _script(before: Sequence[str], after: Sequence[str], effort: _Effort) -> Iterator[tuple[Kind, str]]:
    """What to keep, take out and put in, in order; of a change, what goes comes before what is put in its place."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    olds, news = before[head : len(before) - tail], after[head : len(after) - tail]
    yield from ((Kind.SAME, one) for one in before[:head])
    yield from _shortest(olds, news, effort)
    yield from ((Kind.SAME, one) for one in before[len(before) - tail :])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _shortest(before: Sequence[str], after: Sequence[str], effort: _Effort) -> list[tuple[Kind, str]]:
    """Myers' shortest script; where it is beyond the budget, all of ``before`` goes and all of ``after`` comes."""
    replaced = [(Kind.GONE, one) for one in before] + [(Kind.NEW, one) for one in after]
    if not before or not after:
        return replaced
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(len(before) + len(after), MOST_EDITS) + 1):
        trail.append(dict(furthest))
        if not effort.spend(2 * edits + 1):
            return replaced
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            began = x
            while x < len(before) and y < len(after) and before[x] == after[y]:
                x, y = x + 1, y + 1
            effort.spend(x - began)
            furthest[diagonal] = x
            if x >= len(before) and y >= len(after):
                return _back(before, after, trail)
    return replaced


def _back(before: Sequence[str], after: Sequence[str], trail: list[dict[int, int]]) -> list[tuple[Kind, str]]:
    script: list[tuple[Kind, str]] = []
    x, y = len(before), len(after)
    for edits in range(len(trail) - 1, -1, -1):
        furthest, diagonal = trail[edits], x - y
        down = diagonal == -edits or (
            diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        came = diagonal + 1 if down else diagonal - 1
        from_x = furthest[came]
        from_y = from_x - came
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            script.append((Kind.SAME, before[x]))
        if edits:
            if down:
                y -= 1
                script.append((Kind.NEW, after[y]))
            else:
                x -= 1
                script.append((Kind.GONE, before[x]))
    return script[::-1]
