"""What all pages of a process share: clients, sessions, names, templates, static files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.loaders import BaseLoader, ChoiceLoader
from markupsafe import Markup

from services.web import dates, language, vocabulary
from services.web.addresses import person_path
from services.web.assets import Assets
from services.web.entity_words import EntityWords
from services.web.names import NamesCache
from services.web.portraits import initials, portrait_path
from services.web.section import NavItem, Section
from services.web.sessions import Sessions, Transaction
from services.web.signing_in import SigningIn
from shared.clients.base import ServiceClient
from shared.clients.contributions import ContributionsClient
from shared.clients.identity import IdentityClient
from shared.clients.provider import ProviderClient
from shared.mail.port import Mailbox
from shared.typography import french, french_html

FOLDER = Path(__file__).parent
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ClientT = TypeVar("ClientT", bound=ServiceClient)


class Directory(Protocol):
    """Where clients are found; `shared.clients.directory.Clients` is one."""

    def of(self, kind: type[ClientT]) -> ClientT:
        """The client of that class."""
        ...


class Site:
    """Made once per process, at the first request."""

    def __init__(
        self,
        clients: Directory,
        transaction: Transaction,
        sections: Sequence[Section],
        *,
        public_url: str = "",
        issuer: str = "",
        secret: str = "",
        mailbox: Mailbox | None = None,
    ) -> None:
        """``public_url`` is how people reach the site; empty means whatever address a request came to.

        ``issuer`` is the address under which identity knows the site, ``secret`` what the site proves itself with.
        ``mailbox`` holds mails that were kept instead of sent, if they may be shown.
        """
        self.clients = clients
        self.sections = sections
        self.public_url = public_url.rstrip("/")
        self.mailbox = mailbox
        identity, provider = lambda: clients.of(IdentityClient), lambda: clients.of(ProviderClient)
        self.sessions = Sessions(transaction, identity, provider, secret=secret)
        self.signing_in = SigningIn(transaction, identity, provider, issuer=issuer, secret=secret)
        self.names = NamesCache(lambda: clients.of(ContributionsClient))
        self.assets, self.words, self.templates = _shown_with(tuple(sections))
        self.nav: tuple[NavItem, ...] = tuple(
            sorted((item for section in sections for item in section.nav), key=lambda item: item.order)
        )
        self.notices = _notices(sections)

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over TLS, so that cookies must not travel otherwise."""
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the session cookie; ``__Host-`` binds it to this very host and to TLS."""
        return "__Host-demain_session" if self.is_secure else "demain_session"

    @property
    def sign_in_cookie(self) -> str:
        """Name of the cookie that marks a browser in which somebody signs in."""
        return "__Host-demain_sign_in" if self.is_secure else "demain_sign_in"

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether an ``Origin`` header is ours. Without a public URL the ``Host`` of the request decides."""
        if self.public_url:
            ours = urlsplit(self.public_url)
            return origin == f"{ours.scheme}://{ours.netloc}" or urlsplit(origin).netloc == host
        return bool(host) and urlsplit(origin).netloc == host


def _notices(sections: Sequence[Section]) -> dict[str, str]:
    """Sentences by code. Raises ValueError for a code two sections use: one would say what the other means."""
    found: dict[str, str] = {}
    for section in sections:
        if taken := sorted(set(section.notices) & set(found)):
            raise ValueError(f"section {section.name}: another section has the notice {', '.join(taken)} already")
        found |= section.notices
    return found


@cache
def _shown_with(sections: tuple[Section, ...]) -> tuple[Assets, EntityWords, Environment]:
    """What follows from the sections alone: static files, words and templates, each compiled once in a process."""
    assets = Assets(FOLDER / "static", [(section.name, section.folder / "static") for section in sections])
    words = EntityWords(sections)
    return assets, words, _environment(sections, assets, words)


def _environment(sections: Sequence[Section], assets: Assets, words: EntityWords) -> Environment:
    loaders: list[BaseLoader] = [
        FileSystemLoader(FOLDER / "templates"),
        PrefixLoader({one.name: FileSystemLoader(one.folder / "templates") for one in sections}),
    ]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    environment.globals.update(
        static=assets.url,
        entities=words,
        LANGUAGES=vocabulary.LANGUAGES,
        ROLES=vocabulary.ROLES,
        LOCALES=language.LOCALES,
        LOCALE_NAMES=language.NAMES,
        locale=language.current,
    )
    environment.filters.update(
        on=dates.on,
        since=dates.since,
        plain_day=dates.plain_day,
        full_day=dates.full_day,
        typeset=typeset,
        typeset_html=typeset_html,
        prose_html=prose_html,
        lower_first=vocabulary.lower_first,
        breakable=breakable,
        person_path=person_path,
        portrait_path=portrait_path,
        initials=initials,
        iso_day=dates.iso_day,
        rfc3339=dates.rfc3339,
        xml_text=xml_text,
        label=lambda id, words: vocabulary.label(words, id),
    )
    return environment


def breakable(address: str) -> Markup:
    """An address that may break after its slashes, and only there if it can."""
    before, scheme, rest = address.rpartition("://")
    return Markup.escape(before + scheme) + Markup("/<wbr>").join(rest.split("/"))


def xml_text(text: str) -> str:
    """Text without the characters XML 1.0 has no way to write (section 2.2), such as U+0001."""
    return _NOT_IN_XML.sub("", text)


def typeset(text: str, in_language: str) -> str:
    """What somebody wrote, with the no-break spaces of its own language."""
    return french(text) if in_language == "fr" else text


def typeset_html(html: str, in_language: str) -> Markup:
    """The same for HTML that a service sanitized, or marked up with ``<mark>`` only."""
    return Markup(french_html(html) if in_language == "fr" else html)  # noqa: S704 - sanitized by its owner


def prose_html(html: str, in_language: str) -> Markup:
    """The same for a whole text: what may be wider than a phone scrolls by itself, by keyboard too (WCAG 2.1.1).

    The sanitizer leaves tables and ``pre`` no attributes, so their tags are these very ones.
    """
    label = language.gettext(language.N_("Tableau"))
    scroller = Markup('<div class="scroll" role="group" aria-label="{}" tabindex="0"><table>').format(label)
    html = html.replace("<table>", scroller).replace("</table>", "</table></div>")
    return typeset_html(html.replace("<pre>", '<pre tabindex="0">'), in_language)
