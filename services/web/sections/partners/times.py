"""Openings and deadlines as they were meant: in the call's zone, which is named, the exact instant in ``<time>``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from babel.dates import format_date
from markupsafe import Markup

from services.web import clock
from services.web.dates import day_name, rfc3339
from services.web.language import _, babel_locale, ngettext
from services.web.zones import local, zone_of, zone_said

SOON = 45
"""Days before a deadline from which what is left is counted."""


def moment(at: datetime, zone: str, now: datetime | None = None) -> Markup:
    """``4 décembre à 18:00, heure de Paris``, with the year when it is not this one: completes « le », « jusqu’au »."""
    there = local(at, zone)
    today = clock.today(zone_of(zone) or UTC) if now is None else local(now, zone).date()
    words = _(
        "%(day)s à %(time)s, %(zone)s",
        day=day_name(there.date(), today),
        time=f"{there:%H:%M}",
        zone=zone_said(zone if zone_of(zone) else "UTC"),
    )
    exact = format_date(there, "EEEE d MMMM y", locale=babel_locale())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(at), exact, words)


def day(day: date) -> Markup:
    """``14 novembre 2026``."""
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), day_name(day, date.min))


def left(deadline: datetime, now: datetime | None = None) -> str:
    """``encore 12 jours``, ``encore 3 heures``; nothing while it is far, or once it has passed."""
    rest = deadline - (now or clock.read())
    if rest <= timedelta(0):
        return ""
    if rest > timedelta(days=SOON):
        clock.turns(deadline - timedelta(days=SOON))
        return ""
    counted = timedelta(days=1) if rest >= timedelta(days=1) else timedelta(hours=1)
    clock.turns(deadline - rest // counted * counted + timedelta(microseconds=1))
    if rest < timedelta(hours=1):
        return _("moins d’une heure encore")
    if rest < timedelta(days=1):
        hours = rest // timedelta(hours=1)
        return ngettext("encore %(num)d heure", "encore %(num)d heures", hours) % {"num": hours}
    return ngettext("encore %(num)d jour", "encore %(num)d jours", rest.days) % {"num": rest.days}
