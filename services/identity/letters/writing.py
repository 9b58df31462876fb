"""Writes mails from their templates: ``templates/<language>/<kind>.txt``, first line the subject.

The HTML is made of the same paragraphs; one that is nothing but an address of the site becomes a link.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.identity.letters.kinds import Kind
from shared.mail.port import Mail

_STYLE = "font: 16px/1.5 Georgia, serif; color: #1d2430; max-width: 34em; margin: 0 auto; padding: 1em"


def write(id: UUID, kind: Kind, language: str, *, to: str, name: str, site: str, link: str, provider: str = "") -> Mail:
    """A mail to one person. ``site`` is the address of the site in the language, ``link`` what they need.

    ``provider`` is what people call the other provider, where it is about it. ``name`` is empty for somebody who did
    not show yet that the address is theirs: whoever typed it in could have a stranger sent a text of their choice.
    """
    source = _templates().get_template(f"{language}/{kind}.txt")
    subject, _, text = source.render(name=name, site=site, link=link, provider=provider).partition("\n")
    text = text.strip() + "\n"
    return Mail(id, to, subject, text, _html(subject, text, site, language), language)


def _html(subject: str, text: str, site: str, language: str) -> str:
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith(site) and not any(one.isspace() for one in paragraph):
            paragraphs.append(f'<p><a href="{escape(paragraph)}">{escape(paragraph)}</a></p>')
        else:
            paragraphs.append("<p>" + escape(paragraph).replace("\n", "<br>\n") + "</p>")
    return (
        f'<!doctype html>\n<html lang="{language}">\n'
        f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
        f'\n<body style="{_STYLE}">\n' + "\n".join(paragraphs) + "\n</body>\n</html>\n"
    )


@cache
def _templates() -> Environment:
    # Plain text: escaping is for the HTML made of it.
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        auto_reload=False,
    )
