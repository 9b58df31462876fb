"""Days and hours of a forum, in its zone, in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web import zones
from services.web.language import speaking
from services.web.sections.forums import times


@dataclass(frozen=True)
class Days:
    starts_on: date
    ends_on: date


def text(html: str) -> str:
    return re.sub("<[^>]+>", "", html).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        ("2026-11-14", "2026-11-14", "Samedi 14 novembre 2026", "Saturday 14 November 2026"),
        ("2027-05-01", "2027-05-01", "Samedi 1er mai 2027", "Saturday 1 May 2027"),
        ("2027-01-09", "2027-01-10", "Les 9 et 10 janvier 2027", "9 and 10 January 2027"),
        ("2019-08-21", "2019-08-25", "Du 21 au 25 août 2019", "21 to 25 August 2019"),
        ("2019-08-01", "2019-08-05", "Du 1er au 5 août 2019", "1 to 5 August 2019"),
        ("2019-08-31", "2019-09-01", "Du 31 août au 1er septembre 2019", "31 August to 1 September 2019"),
        ("2026-12-31", "2027-01-01", "Du 31 décembre 2026 au 1er janvier 2027", "31 December 2026 to 1 January 2027"),
    ],
)
def test_spans_as_people_say_them(first: str, last: str, french: str, english: str) -> None:
    days = Days(date.fromisoformat(first), date.fromisoformat(last))
    assert text(times.span(days)) == french
    assert f'datetime="{first}"' in times.span(days)
    with speaking("en"):
        assert text(times.span(days)) == english


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        ("Europe/Paris", "heure de Paris", "Paris time"),
        ("Europe/Athens", "heure d’Athènes", "Athens time"),
        ("America/Guadeloupe", "heure de Guadeloupe", "Guadeloupe time"),
        ("Mars/Olympus", "heure de Mars/Olympus", "Mars/Olympus time"),
    ],
)
def test_zones_are_named(zone: str, french: str, english: str) -> None:
    assert zones.zone_said(zone) == french
    with speaking("en"):
        assert zones.zone_said(zone) == english


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
)
def test_the_instant_stands_beside_the_hour(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    said = times.clock(moment, zone, offset=True)
    exact = re.search(r'datetime="([^"]+)"', said)
    assert exact is not None
    assert datetime.fromisoformat(exact[1].replace("Z", "+00:00")) == moment
    hour, sign, hours, minutes = re.fullmatch(r"(\d\d:\d\d) \(UTC([+-])(\d+):?(\d\d)?\)", text(said)).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
    assert (moment + offset).strftime("%H:%M") == hour


def test_a_field_holds_the_wall_time() -> None:
    assert zones.wall(datetime(2027, 7, 10, 6, 30, tzinfo=UTC), "Europe/Athens") == "2027-07-10T09:30"
