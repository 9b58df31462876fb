"""What scores by criterion come to: pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

WHOLE = 100
"""The total of an application that has the top score everywhere."""


def total(scores: Mapping[str, int], weights: Mapping[str, int], top_score: int) -> Fraction | None:
    """The weighted mean of the scores, brought to 0 … 100; None unless every criterion is scored.

    Raises ValueError for a score that is not between 0 and ``top_score``.
    """
    for name, score in scores.items():
        if name in weights and not 0 <= score <= top_score:
            raise ValueError(f"score of {name!r}: {score} is not between 0 and {top_score}")
    if not weights or not weights.keys() <= scores.keys():
        return None
    weighted = sum(weight * scores[name] for name, weight in weights.items())
    return Fraction(WHOLE * weighted, top_score * sum(weights.values()))


def mean(totals: Iterable[Fraction]) -> Fraction | None:
    """The mean of the reviews' totals; None without any."""
    found = list(totals)
    return sum(found, Fraction(0)) / len(found) if found else None


def shown(value: Fraction | None) -> float | None:
    """A total as it is shown: to one decimal."""
    return None if value is None else round(float(value), 1)
