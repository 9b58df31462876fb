"""Days and hours as a forum's visitors live them: in its zone, which is named, with the exact instant in ``<time>``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from babel.dates import format_date
from markupsafe import Markup

from services.web.dates import rfc3339
from services.web.language import N_, _, babel_locale, current, gettext
from services.web.zones import local, zone_said


class Spanning(Protocol):
    """Something that lasts from one day to another."""

    @property
    def starts_on(self) -> date:
        """Its first day."""
        ...

    @property
    def ends_on(self) -> date:
        """Its last day."""
        ...


class Held(Protocol):
    """Something that begins and ends."""

    @property
    def begins_at(self) -> datetime:
        """When it begins."""
        ...

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        ...


def day(day: date) -> Markup:
    """``samedi 14 novembre 2026``."""
    text = format_date(day, "EEEE d MMMM y", locale=babel_locale())
    return _day(day, _first(text, " 1 "))


def short_day(day: date) -> str:
    """``sam. 14 nov.``: for narrow places."""
    text: str = format_date(day, "E d MMM", locale=babel_locale())
    return text


def span(one: Spanning) -> Markup:
    """``Samedi 14 novembre 2026``, ``Les 9 et 10 janvier 2027``, ``Du 30 août au 2 septembre 2019``."""
    first, last = one.starts_on, one.ends_on
    if first == last:
        text = _first(format_date(first, "EEEE d MMMM y", locale=babel_locale()), " 1 ")
        return _day(first, text[:1].upper() + text[1:])
    pattern = "d MMMM y" if first.year != last.year else "d MMMM" if first.month != last.month else "d"
    began = _first(format_date(first, pattern, locale=babel_locale()))
    ended = _first(format_date(last, "d MMMM y", locale=babel_locale()))
    both = last - first == timedelta(days=1) and pattern == "d"
    words = N_("Les %(first)s et %(last)s") if both else N_("Du %(first)s au %(last)s")
    said = Markup(gettext(words))  # noqa: S704 - our own words
    return said % {"first": _day(first, began), "last": _day(last, ended)}


def clock(moment: datetime, zone: str, *, offset: bool = False) -> Markup:
    """``14:05`` in a zone; with ``offset``, ``14:05 (UTC+2)``, for nights in which an hour comes twice."""
    return _clock(moment, zone, current(), offset)


@lru_cache(maxsize=2048)
def _clock(moment: datetime, zone: str, _locale: str, offset: bool) -> Markup:
    """The same, kept: a grid of a day says its few hours some hundred times."""
    there = local(moment, zone)
    words = f"{there:%H:%M}" + (f" ({_utc(there)})" if offset else "")
    exact = _(
        "%(day)s à %(time)s, %(zone)s",
        day=format_date(there, "EEEE d MMMM y", locale=babel_locale()),
        time=f"{there:%H:%M}",
        zone=zone_said(zone),
    )
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(moment), exact, words)


def hours(one: Held, zone: str, *, offset: bool = False) -> Markup:
    """``14:05 – 15:00``."""
    return Markup('<span class="unbroken">{}\u00a0–\u00a0{}</span>').format(
        clock(one.begins_at, zone, offset=offset), clock(one.ends_at, zone, offset=offset)
    )


def moment(moment: datetime, zone: str) -> Markup:
    """``le 14 novembre 2026 à 14:05``, in a zone that is named beside it."""
    there = local(moment, zone)
    said = _(
        "le %(day)s à %(time)s",
        day=_first(format_date(there, "d MMMM y", locale=babel_locale())),
        time=f"{there:%H:%M}",
    )
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(moment), said)


def changes_clock(ones: Iterable[Held], zone: str) -> bool:
    """Whether the clocks change while these last, so that hours alone may mislead."""
    return len({local(moment, zone).utcoffset() for one in ones for moment in (one.begins_at, one.ends_at)}) > 1


def _utc(there: datetime) -> str:
    offset = there.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _first(text: str, one: str = "1 ") -> str:
    """French says ``1er`` of the first of a month only."""
    if current() != "fr":
        return text
    if one != "1 ":
        return text.replace(one, " 1er ", 1)
    if text == "1":
        return "1er"
    return "1er " + text[2:] if text.startswith("1 ") else text


def _day(day: date, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), words.replace(" ", "\u00a0", 1))
