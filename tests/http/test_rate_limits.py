"""Rate limits: a burst of ``count``, refilled steadily."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from shared.http.rate_limits import RateLimit
from tests.support.service import ServiceUnderTest

COUNTS = st.integers(1, 20)
SECONDS = st.sampled_from([0.5, 1.0, 7.0, 60.0, 3600.0])
STARTS = st.sampled_from([0.0, 1234.5, 9.8e6])
"""A machine's monotonic clock may say months."""


@given(count=COUNTS, seconds=SECONDS, start=STARTS, gaps=st.lists(st.floats(0, 0.6), max_size=120))
def test_never_more_than_the_burst_and_what_was_refilled_in_any_window(
    count: int, seconds: float, start: float, gaps: list[float]
) -> None:
    """In a window of w seconds at most ``count`` + w / interval: twice the count in `seconds`, ``count`` each after."""
    limit = RateLimit("test", count, seconds)
    interval = seconds / count
    now, taken = start, list[float]()
    for gap in gaps:
        now += gap * interval * 2
        if limit.take("caller", now)[0]:
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            window = taken[last] - taken[first]
            assert last - first + 1 <= count + math.floor(window / interval + 2e-3)


@given(count=COUNTS, seconds=SECONDS, start=STARTS)
@example(count=3, seconds=1.0, start=9.8e6)
def test_a_caller_unheard_of_may_come_count_times_at_once_and_no_more(count: int, seconds: float, start: float) -> None:
    limit = RateLimit("test", count, seconds)

    answers = [limit.take("caller", start) for _ in range(count + 1)]

    assert [allowed for allowed, _, _ in answers] == [True] * count + [False]
    assert [left for _, left, _ in answers] == [*range(count - 1, -1, -1), 0]


@given(count=COUNTS, seconds=SECONDS, start=STARTS)
def test_who_waits_as_long_as_told_is_let_in(count: int, seconds: float, start: float) -> None:
    limit = RateLimit("test", count, seconds)
    while (answer := limit.take("caller", start))[0]:
        pass

    _, _, wait = answer

    assert 0 < wait <= seconds
    assert limit.take("caller", start + wait)[0]


def test_callers_do_not_share() -> None:
    limit = RateLimit("test", 1, 60)

    assert limit.take("one", 0)[0]
    assert limit.take("other", 0)[0]
    assert not limit.take("one", 0)[0]


async def test_headers_and_429(bulletin: ServiceUnderTest) -> None:
    answers = [await bulletin.http.get("/api/bulletins/limited") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"] for answer in answers[:3]] == [f'"bulletins";r={left}' for left in (2, 1, 0)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"bulletins";q=3;w=60'}
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert answers[3].json()["type"] == "urn:demain:problem:too-many-requests"
