"""Texts as the other services make them of what people wrote."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Any

from services.contributions import comparison
from shared.clients.base import FieldError, ServiceProblem
from shared.clients.contributions import (
    ComparedParagraph,
    Comparison,
    PlainText,
    Revision,
)


def plain(text: str) -> str:
    """Without accents and capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)).lower()


def problem(status: int, title: str = "", *errors: tuple[str, str], **extra: Any) -> ServiceProblem:
    return ServiceProblem(
        status,
        f"urn:demain:problem:{status}",
        title or str(status),
        errors=tuple(FieldError(field=name, message=message) for name, message in errors),
        extra=extra,
    )


def markdown(text: str) -> str:
    """Enough Markdown to look at; the real one is the contributions service's."""
    html: list[str] = []
    for part in re.split(r"\n{2,}", text.strip()):
        if part.startswith("## "):
            html.append(f"<h2>{escape(part[3:])}</h2>")
        elif part.startswith("> "):
            html.append(f"<blockquote><p>{escape(part[2:])}</p></blockquote>")
        elif part.startswith("- "):
            html.append("<ul>" + "".join(f"<li>{escape(one[2:])}</li>" for one in part.splitlines()) + "</ul>")
        elif part.startswith("|"):
            rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in part.splitlines()]
            head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
            body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
            html.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        elif part:
            html.append("<p>" + re.sub(r"[*][*](.+?)[*][*]", r"<strong>\1</strong>", escape(part)) + "</p>")
    return "\n".join(html)


def compared(before: PlainText | Revision, after: PlainText | Revision) -> Comparison:
    """What changed, found as the contributions service finds it; bodies are taken as they are written."""

    def part(name: str) -> list[ComparedParagraph]:
        paragraphs = comparison.compare(getattr(before, name), getattr(after, name))
        return [ComparedParagraph(kind=one.kind, html=comparison.marked(one)) for one in paragraphs if str(one)]

    return Comparison(title=part("title"), summary=part("summary"), text=part("body"))
