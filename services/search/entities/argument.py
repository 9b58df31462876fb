"""Arguments and replies: found by what they say, in the debate they belong to."""

from __future__ import annotations

from services.search.entity import Entity, Findable
from shared.contracts.debates import ARGUMENTS, ArgumentMade, ArgumentTakenDown
from shared.projection.projection import Picture

LONGEST_TITLE = 90


def _find(state: ArgumentMade) -> Findable:
    title = beginning(state.text)
    return Findable(
        language=state.language,
        title=title,
        # What the title says already is not said twice.
        summary=" ".join(state.text.split()) if title.endswith("…") else "",
        body=state.text,
        url=state.url,
        date=state.made_at,
        kind=state.position,
        people=state.refs(),
    )


def beginning(text: str) -> str:
    """How a text begins, cut between words: an argument has no title of its own."""
    words = " ".join(text.split())
    if len(words) <= LONGEST_TITLE:
        return words
    return (words[: LONGEST_TITLE - 1].rpartition(" ")[0] or words[: LONGEST_TITLE - 1]).rstrip(" ,;:.") + "…"


ENTITY = Entity(Picture(ARGUMENTS, ArgumentMade, ArgumentTakenDown), find=_find)
