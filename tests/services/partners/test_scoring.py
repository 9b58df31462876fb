"""What scores come to, as a pure function."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.scoring import mean, shown, total

TOP = 5
weights = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 100), min_size=1)
scored = weights.flatmap(
    lambda given: st.tuples(st.just(given), st.fixed_dictionaries({name: st.integers(0, TOP) for name in given}))
)


@given(scored)
def test_a_total_lies_between_the_lowest_and_the_highest_score(given_: tuple[dict[str, int], dict[str, int]]) -> None:
    by, scores = given_
    found = total(scores, by, TOP)
    assert found is not None
    assert Fraction(100 * min(scores.values()), TOP) <= found <= Fraction(100 * max(scores.values()), TOP)


@given(scored, st.data())
def test_a_better_score_never_lowers_the_total(
    given_: tuple[dict[str, int], dict[str, int]], data: st.DataObject
) -> None:
    by, scores = given_
    name = data.draw(st.sampled_from(sorted(by)))
    better = {**scores, name: data.draw(st.integers(scores[name], TOP))}
    before, after = total(scores, by, TOP), total(better, by, TOP)
    assert before is not None
    assert after is not None
    gained = Fraction(100 * by[name] * (better[name] - scores[name]), TOP * sum(by.values()))
    assert after - before == gained


@given(scored, st.integers(2, 50))
def test_only_the_proportion_of_weights_counts(given_: tuple[dict[str, int], dict[str, int]], times: int) -> None:
    by, scores = given_
    assert total(scores, {name: weight * times for name, weight in by.items()}, TOP) == total(scores, by, TOP)


@given(scored, st.data())
def test_there_is_no_total_until_every_criterion_is_scored(
    given_: tuple[dict[str, int], dict[str, int]], data: st.DataObject
) -> None:
    by, scores = given_
    missing = data.draw(st.sampled_from(sorted(by)))
    assert total({name: score for name, score in scores.items() if name != missing}, by, TOP) is None


@given(scored, st.integers().filter(lambda score: not 0 <= score <= TOP))
def test_a_score_off_the_scale_is_an_error(given_: tuple[dict[str, int], dict[str, int]], score: int) -> None:
    by, scores = given_
    with pytest.raises(ValueError, match="is not between 0 and 5"):
        total({**scores, min(by): score}, by, TOP)


@given(st.lists(st.fractions(0, 100), min_size=1))
def test_the_mean_does_not_depend_on_the_order(totals: list[Fraction]) -> None:
    found = mean(totals)
    assert found == mean(reversed(totals))
    assert found is not None
    assert min(totals) <= found <= max(totals)
    assert shown(found) == round(float(found), 1)


def test_nothing_has_no_mean() -> None:
    assert mean([]) is None
    assert shown(None) is None
