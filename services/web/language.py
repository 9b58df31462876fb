"""The two languages of the site: French at ``/…``, English at ``/en/…``.

French strings are the message ids; English ones come from ``locale/en/LC_MESSAGES/demain.po``, read once.
French strings get their no-break spaces here, so that nobody has to type them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from markupsafe import Markup
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.typography import french

LOCALES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
"""Each language in its own words."""

_BABEL = {"fr": Locale("fr"), "en": Locale("en", "GB")}
_current: ContextVar[str] = ContextVar("locale", default="fr")


def current() -> str:
    """The language the page is answered in: ``fr`` or ``en``."""
    return _current.get()


def babel_locale() -> Locale:
    """The same for Babel; English is the British kind, whose dates read like ours."""
    return _BABEL[_current.get()]


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Answer in ``locale`` inside the block. Raises KeyError for a language the site does not speak."""
    if locale not in _BABEL:
        raise KeyError(locale)
    token = _current.set(locale)
    try:
        yield
    finally:
        _current.reset(token)


def N_(message: str) -> str:
    """Mark a string for translation where it stands; it is translated where it is shown."""
    return message


def gettext(message: str) -> str:
    """The message in the current language, untouched otherwise."""
    if not message:
        return ""
    if current() == "fr":
        return _typeset(message)
    return _english().gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The singular or the plural; nought is singular in French and plural in English."""
    if current() == "fr":
        return _typeset(singular if abs(count) < 2 else plural)
    return _english().ngettext(singular, plural, count)


def _(message: str, **values: Any) -> str:
    """Translate and fill in ``%(name)s``. The result is plain text: templates escape it."""
    text = gettext(message)
    return text % values if values else text


@lru_cache(maxsize=4096)
def _typeset(message: str) -> str:
    return french(message)


@cache
def _english() -> Translations:
    path = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES" / "demain.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def prefix(locale: str | None = None) -> str:
    """What stands before a path in a language: nothing in French, ``/en`` in English."""
    locale = locale or current()
    return "" if locale == "fr" else f"/{locale}"


def say(message: str, when: Markup) -> Markup:
    """A sentence of the site, with the ``%(when)s`` in it said by `services.web.dates` and its kin."""
    return Markup(gettext(message)) % {"when": when}  # noqa: S704 - our own sentence


def in_language(names: Mapping[str, str], fallback: str) -> str:
    """A name given by language: in the current one, else in French, else in any, else ``fallback``."""
    return names.get(current()) or names.get("fr") or next(iter(names.values()), fallback)


class LanguageFromPath:
    """ASGI wrapper: strips the language from the path and speaks it for the rest of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        locale, path = split_path(scope["path"])
        if locale != "fr":
            raw = scope.get("raw_path")
            scope = {**scope, "path": path}
            if isinstance(raw, bytes):
                scope["raw_path"] = raw[len(prefix(locale)) :] or b"/"
        with speaking(locale):
            await self._app(scope, receive, send)


def split_path(path: str) -> tuple[str, str]:
    """``/en/recherche`` is ``("en", "/recherche")``; a path without a language is French."""
    for locale in LOCALES:
        before = prefix(locale)
        if before and (path == before or path.startswith(before + "/")):
            return locale, path[len(before) :] or "/"
    return "fr", path
