"""Finding a passage again in a text that may have changed since (W3C Web Annotation, TextQuoteSelector). Pure.

Spaces do not count: what is selected on a page has other ones than what was written (paragraphs, no-break spaces).
"""

from __future__ import annotations

from collections.abc import Iterator

CONTEXT = 200
"""Characters looked at on each side of a passage."""
MOST_PLACES = 1_000
"""Places where the same words stand that are looked at."""


def find(text: str, exact: str, prefix: str = "", suffix: str = "") -> tuple[int, int] | None:
    """Where the passage is: (start, end) in ``text``; of several places the one whose surroundings fit best.

    None when it is not there any more, or when ``exact`` holds nothing but spaces.
    """
    places = [at for at, sign in enumerate(text) if not sign.isspace()]
    bare, wanted = "".join(text[at] for at in places), _bare(exact)
    if not wanted:
        return None
    before, after = _bare(prefix)[-CONTEXT:], _bare(suffix)[:CONTEXT]

    def fits(at: int) -> int:
        return _common(bare[max(0, at - CONTEXT) : at][::-1], before[::-1]) + _common(
            bare[at + len(wanted) : at + len(wanted) + CONTEXT], after
        )

    best = max(_occurrences(bare, wanted), key=fits, default=None)
    return None if best is None else (places[best], places[best + len(wanted) - 1] + 1)


def _bare(text: str) -> str:
    return "".join(text.split())


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    for _ in range(MOST_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(wanted, at + 1)


def _common(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
