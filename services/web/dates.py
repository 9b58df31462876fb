"""Dates as people say them, with the exact instant in ``<time>``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from markupsafe import Markup

from services.web import clock
from services.web.language import _, babel_locale, current, ngettext

PARIS = ZoneInfo("Europe/Paris")
"""Where a calendar day begins for the readers of the site."""


def day_name(day: date, today: date) -> str:
    """``14 novembre``, with the year when it is not this one; the first of a month is ``1er``."""
    return _day_name(day, "d MMMM" if day.year == today.year else "d MMMM y", current())


@lru_cache(maxsize=2048)
def _day_name(day: date, pattern: str, _locale: str) -> str:
    text: str = format_date(day, pattern, locale=babel_locale())
    if day.day == 1 and current() == "fr":
        text = text.replace("1 ", "1er ", 1)
    return text.replace(" ", "\u00a0", 1)


def back_in(seconds: int) -> str:
    """``12 secondes``, ``3 minutes``, ``2 heures``: rounded up, so that who comes back then is not too early."""
    if seconds < 60:
        return ngettext("%(num)d seconde", "%(num)d secondes", max(1, seconds)) % {"num": max(1, seconds)}
    if seconds < 3600:
        minutes = -(-seconds // 60)
        return ngettext("%(num)d minute", "%(num)d minutes", minutes) % {"num": minutes}
    hours = -(-seconds // 3600)
    return ngettext("%(num)d heure", "%(num)d heures", hours) % {"num": hours}


def on(moment: datetime, now: datetime | None = None) -> Markup:
    """``aujourd’hui à 14:05``, ``hier``, ``le 14 novembre``: completes a verb."""
    local, today = _local(moment, now)
    if local.date() == today:
        return _time(moment, _("aujourd’hui à %(time)s", time=_clock(local)))
    if local.date() == today - timedelta(days=1):
        return _time(moment, _("hier"))
    return _time(moment, _("le %(day)s", day=day_name(local.date(), today)))


def at(moment: datetime, now: datetime | None = None) -> Markup:
    """``le 14 novembre à 08:00, heure de Paris``: for what is to come, where the hour matters."""
    local, today = _local(moment, now)
    return _time(
        moment, _("le %(day)s à %(time)s, heure de Paris", day=day_name(local.date(), today), time=_clock(local))
    )


def since(moment: datetime, now: datetime | None = None) -> Markup:
    """``depuis aujourd’hui``, ``depuis hier``, ``depuis le 14 novembre``."""
    local, today = _local(moment, now)
    if local.date() == today:
        return _time(moment, _("depuis aujourd’hui"))
    if local.date() == today - timedelta(days=1):
        return _time(moment, _("depuis hier"))
    return _time(moment, _("depuis le %(day)s", day=day_name(local.date(), today)))


def plain_day(moment: datetime, now: datetime | None = None) -> Markup:
    """``14 novembre`` alone, for lists."""
    local, today = _local(moment, now)
    return _time(moment, day_name(local.date(), today))


def full_day(moment: datetime) -> Markup:
    """``14 novembre 2026``, for citations and print."""
    return _time(moment, day_name(moment.astimezone(PARIS).date(), date.min))


def iso_day(text: str) -> str:
    """``2026-11-14`` as ``14 novembre 2026``; what is no day, as it is."""
    try:
        return day_name(date.fromisoformat(text), date.min)
    except ValueError:
        return text


def rfc3339(moment: datetime) -> str:
    """``2026-11-14T08:00:00Z``, for feeds and sitemaps (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _local(moment: datetime, now: datetime | None) -> tuple[datetime, date]:
    return moment.astimezone(PARIS), clock.today(PARIS) if now is None else now.astimezone(PARIS).date()


def _clock(local: datetime) -> str:
    text: str = format_time(local, "HH:mm", locale=babel_locale())
    return text


def _time(moment: datetime, words: str) -> Markup:
    return _exactly(moment, words, current())


@lru_cache(maxsize=2048)
def _exactly(moment: datetime, words: str, _locale: str) -> Markup:
    """The same, kept: a list says the same days on each of its pages, and to everybody."""
    local = moment.astimezone(PARIS)
    exact = _(
        "%(day)s à %(time)s, heure de Paris",
        day=format_date(local, "EEEE d MMMM y", locale=babel_locale()),
        time=_clock(local),
    )
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(moment), exact, words)
