"""Wall time in a zone of the IANA database: how a zone is called, and what a field for day and hour means in it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_timezone_location

from services.web.language import _, babel_locale, current

_VOWELS = frozenset("AEIOUYHÀÂÉÈÊËÎÏÔÛÙ")


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for one this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_said(zone: str) -> str:
    """``heure de Paris``, ``heure d’Athènes``; a zone nobody knows is called by its name."""
    city: str = zone if zone_of(zone) is None else get_timezone_location(zone, locale=babel_locale(), return_city=True)
    of_city = (f"d’{city}" if city[:1] in _VOWELS else f"de {city}") if current() == "fr" else city
    return _("heure %(of_city)s", of_city=of_city)


def local(moment: datetime, zone: str) -> datetime:
    """An instant on the clocks of a zone; of UTC where this machine does not know the zone, never its own."""
    return moment.astimezone(zone_of(zone) or UTC)


def wall(moment: datetime | None, zone: str) -> str:
    """For a field for day and hour: ``2026-11-14T14:05``; empty for no instant."""
    return "" if moment is None else local(moment, zone).strftime("%Y-%m-%dT%H:%M")


def instant(typed: str, zone: str) -> datetime | None:
    """What a field for day and hour means in a zone.

    None for what is no hour there, such as one that a change of the clocks leaves out; of an hour that comes twice,
    the first.
    """
    known = zone_of(zone)
    try:
        said = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if known is None or said.tzinfo is not None:
        return None
    try:
        meant = said.replace(tzinfo=known).astimezone(UTC)
        back = meant.astimezone(known).replace(tzinfo=None)
    except OverflowError:
        return None
    return meant if back == said else None
