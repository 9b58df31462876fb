"""After whatever happens, with all of it told and heard, no page that is kept differs from one made anew."""

from __future__ import annotations

import os
from collections import Counter
from random import Random

from tests.page_cache.life import Life
from tests.page_cache.town import Town

STEPS = 16
SEED = int(os.environ.get("SEED", "1"))
"""Another life: SEED=7 make test TESTS=tests/page_cache/test_always_fresh.py."""


async def test_no_kept_page_differs_from_one_made_anew(here: Town) -> None:
    life = Life(here, Random(SEED))
    await life.begin()
    await life.look()
    happened: Counter[str] = Counter()
    for _ in range(STEPS):
        name = await life.step()
        happened[name] += 1
        await here.settled()
        assert await life.stale() == [], f"SEED={SEED}: after {name}, of {dict(happened)}"
        await life.look()
    # It says something only if pages were kept, let go of for each reason, and asked for again.
    assert len(happened) >= 10, happened
    assert here.count("answers", how="hit") > 100
    assert here.count("renders", outcome="kept") > 100
    assert here.count("dropped", why="message") > 50
    assert here.count("dropped", why="instant") > 0
