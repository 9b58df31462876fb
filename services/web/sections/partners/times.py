"""Openings and deadlines as they were meant: in the call's zone, which is named, the exact instant in ``<time>``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, get_timezone_location
from markupsafe import Markup

from services.web.dates import day_name, rfc3339
from services.web.language import _, babel_locale, current, ngettext

_VOWELS = frozenset("AEIOUYHÀÂÉÈÊËÎÏÔÛÙ")
SOON = 45
"""Days before a deadline from which what is left is counted."""


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


def moment(at: datetime, zone: str, now: datetime | None = None) -> Markup:
    """``4 décembre à 18:00, heure de Paris``, with the year when it is not this one: completes « le », « jusqu’au »."""
    local = at.astimezone(zone_of(zone) or UTC)
    today = (now or datetime.now(UTC)).astimezone(zone_of(zone) or UTC).date()
    words = _(
        "%(day)s à %(time)s, %(zone)s",
        day=day_name(local.date(), today),
        time=f"{local:%H:%M}",
        zone=zone_said(zone if zone_of(zone) else "UTC"),
    )
    exact = format_date(local, "EEEE d MMMM y", locale=babel_locale())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(at), exact, words)


def day(day: date) -> Markup:
    """``14 novembre 2026``."""
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), day_name(day, date.min))


def left(deadline: datetime, now: datetime | None = None) -> str:
    """``encore 12 jours``, ``encore 3 heures``; nothing while it is far, or once it has passed."""
    rest = deadline - (now or datetime.now(UTC))
    if rest <= timedelta(0) or rest > timedelta(days=SOON):
        return ""
    if rest < timedelta(hours=1):
        return _("moins d’une heure encore")
    if rest < timedelta(days=1):
        hours = rest // timedelta(hours=1)
        return ngettext("encore %(num)d heure", "encore %(num)d heures", hours) % {"num": hours}
    return ngettext("encore %(num)d jour", "encore %(num)d jours", rest.days) % {"num": rest.days}


def wall(at: datetime | None, zone: str) -> str:
    """For a field: ``2026-11-14T14:05``; empty for no instant."""
    return "" if at is None else at.astimezone(zone_of(zone) or UTC).strftime("%Y-%m-%dT%H:%M")


def instant(local: str, zone: str) -> datetime | None:
    """What a field for day and hour means in a zone. None for what is no hour there, such as one that a change of the
    clocks leaves out; of an hour that comes twice, the first."""
    known = zone_of(zone)
    try:
        said = datetime.fromisoformat(local)
    except ValueError:
        return None
    if known is None or said.tzinfo is not None:
        return None
    meant = said.replace(tzinfo=known)
    back = meant.astimezone(UTC).astimezone(known).replace(tzinfo=None)
    return meant.astimezone(UTC) if back == said else None
