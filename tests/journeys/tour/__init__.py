"""The tour of every page, by section of the site."""

from __future__ import annotations

from tests.journeys.tour import accounts, contributions, debates, gatherings, partnership, reading
from tests.journeys.tour.stop import Stop

SECTIONS = (reading, accounts, contributions, debates, gatherings, partnership)


def all_stops() -> dict[str, Stop]:
    """Every page to look at, by name; two sections may not use one name."""
    stops: dict[str, Stop] = {}
    for section in SECTIONS:
        assert not stops.keys() & section.STOPS.keys(), f"{section.__name__} has names of others"
        stops |= section.STOPS
    return stops
