"""Histories in which all is rebuilt from the log while things change at every stage of it."""

from __future__ import annotations

from hypothesis import strategies as st

from shared.projection import index_tasks
from tests.projection.script import EVERYTHING, KINDS, READ_ALL, Ask, Restart, Say, Settle, Show, ShowUntilSwapped, Step

BEGUN: list[Step] = [*EVERYTHING, READ_ALL, Settle(), Ask(index_tasks.FROM_LOG)]

HIDDEN_MEANWHILE: list[Step] = [
    *BEGUN,
    # It begins, reads eight records in four turns, and would be done with what was there when it began.
    *[Show()] * 5,
    Say("forum", 0, visible=False),
    READ_ALL,
    *[Show()] * 40,
]
"""What is hidden when the new tables have read all that was there at their beginning."""

CHANGED_BETWEEN: list[Step] = [*BEGUN, ShowUntilSwapped(), Say("forum", 0, visible=True), READ_ALL, Settle()]
"""A new title is shown when the tables are swapped and the index is not."""


@st.composite
def rebuilt(draw: st.DrawFn) -> list[Step]:
    """Changes at any stage; also the index fails to swap, or the process ends."""
    kind, number = draw(st.sampled_from(KINDS)), draw(st.integers(0, 1))
    says = st.builds(Say, st.just(kind), st.just(number), st.booleans(), st.integers(0, 1), st.booleans())
    turns = st.lists(st.builds(Show, fails=st.sampled_from(("", "", "swap"))), max_size=8)
    steps = list(BEGUN)
    for _ in range(draw(st.integers(1, 4))):
        steps += [*draw(turns), draw(says), READ_ALL]
    ends: list[list[Step]] = [[], [Restart()], [ShowUntilSwapped(), draw(says), READ_ALL, Restart()]]
    return [*steps, *draw(st.sampled_from(ends))]
