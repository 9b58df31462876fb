"""What a field for day and hour means, in every zone and around both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.zones import instant, local, wall

ZONES = ("Europe/Paris", "America/Cayenne", "Pacific/Noumea", "Australia/Lord_Howe", "UTC")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_field_holds_what_it_was_given(moment: datetime, zone: str) -> None:
    meant = instant(wall(moment, zone), zone)
    assert meant is not None
    # An hour that comes twice is the first of the two.
    assert meant == moment or (moment - meant in {timedelta(hours=1), timedelta(minutes=30)})
    assert wall(meant, zone) == wall(moment, zone)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("2027-03-28T02:30", "Europe/Paris"),  # the clocks leave it out
        ("2027-03-28T12:00", "Europe/Nulle-Part"),
        ("2027-03-28T12:00+02:00", "Europe/Paris"),
        ("0001-01-01T00:00", "Europe/Paris"),
        ("9999-12-31T23:59", "America/Cayenne"),
        ("demain", "Europe/Paris"),
        ("", "Europe/Paris"),
    ],
)
def test_what_is_no_hour_there_is_none(typed: str, zone: str) -> None:
    assert instant(typed, zone) is None


def test_a_zone_nobody_knows_shows_utc_and_not_the_hour_of_the_server() -> None:
    moment = datetime(2027, 7, 10, 6, 30, tzinfo=UTC)
    assert local(moment, "Europe/Nulle-Part").utcoffset() == timedelta(0)
    assert wall(moment, "Europe/Nulle-Part") == "2027-07-10T06:30"
    assert wall(None, "Europe/Paris") == ""
