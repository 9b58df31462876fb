"""A published contribution as a reference manager takes it: BibTeX, and CSL-JSON (citationstyles.org).

Names are written as people gave them and never taken apart: we do not know which part is the family name. BibTeX reads
``First Last`` by itself; what it may read wrongly (a comma, the word ``and``, a command)
is kept together by braces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.page import CurrentPage
from shared.clients.contributions import Contribution, ContributionsClient

router = APIRouter(route_class=PageRoute)

PUBLISHER = "Demain"
CSL_TYPES = {
    "study": "report",
    "note": "article",
    "op_ed": "article",
    "interview": "interview",
    "idea": "post",
}
"""Kinds as CSL names them (https://docs.citationstyles.org/en/stable/specification.html#appendix-iii-types)."""

_LATEX = str.maketrans(
    {
        "\\": r"{\textbackslash}",
        "{": r"{\textbraceleft}",
        "}": r"{\textbraceright}",
        "~": r"{\textasciitilde}",
        "^": r"{\textasciicircum}",
        "`": r"{\textasciigrave}",
        "<": r"{\textless}",
        ">": r"{\textgreater}",
        "|": r"{\textbar}",
        **{sign: "\\" + sign for sign in "&%$#_"},
    }
)
_LIGATURE = re.compile(r"(?<=([-',]))(?=\1)")
"""Between signs that TeX would draw together, such as ``--`` for a dash."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Format:
    """A way to write a citation."""

    extension: str
    media_type: str
    write: Callable[[Contribution, str], str]
    """From the contribution and its full address."""


def bibtex(contribution: Contribution, address: str) -> str:
    """One ``@misc`` entry, which BibTeX and biblatex both know. Braces stay balanced whatever is cited."""
    day = _day(contribution)
    fields = {
        # Braces of its own, so that no style changes its capitals.
        "title": "{" + latex(contribution.title) + "}",
        "author": " and ".join(_bibtex_name(one.name) for one in contribution.authors if _line(one.name)),
        "year": f"{day.year}",
        "month": f"{day.month}",
        "date": f"{day:%Y-%m-%d}",
        "publisher": PUBLISHER,
        "url": address,
        "langid": {"fr": "french", "en": "english"}.get(contribution.language, ""),
        "abstract": latex(contribution.summary),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value and value != "{}"]
    return "\n".join([f"@misc{{demain-{contribution.id},", *lines, "}", ""])


def latex(text: str) -> str:
    """Text so that LaTeX prints it as it is, on one line."""
    return _LIGATURE.sub("{}", _line(text).translate(_LATEX))


def _bibtex_name(name: str) -> str:
    line, written = _line(name), latex(name)
    is_plain = written == line and "," not in line and not re.search(r"\b(and|others)\b", line, re.IGNORECASE)
    return written if is_plain else "{" + written + "}"


def csl_json(contribution: Contribution, address: str) -> str:
    """An array with one item, as reference managers export it."""
    day = _day(contribution)
    item: dict[str, Any] = {
        "id": f"demain-{contribution.id}",
        "type": CSL_TYPES.get(contribution.kind, "article"),
        "title": _line(contribution.title),
        "author": [{"literal": _line(one.name)} for one in contribution.authors if _line(one.name)],
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "container-title": PUBLISHER,
        "publisher": PUBLISHER,
        "URL": address,
        "language": contribution.language,
        "abstract": _line(contribution.summary),
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _day(contribution: Contribution) -> datetime:
    assert contribution.published_at is not None
    return contribution.published_at.astimezone(PARIS)


FORMATS = {
    one.extension: one
    for one in (
        Format("bib", "application/x-bibtex; charset=utf-8", bibtex),
        Format("json", "application/vnd.citationstyles.csl+json", csl_json),
    )
}


@router.get("/contributions/{id:uuid}/citation.{extension}")
async def citation(page: CurrentPage, id: UUID, extension: str) -> Response:
    """The citation as a file. Only what is published is cited: 404 before, 410 after a withdrawal."""
    format_ = FORMATS.get(extension)
    if format_ is None:
        raise HTTPException(404)
    contribution = await page.client(ContributionsClient).read(str(id))
    if contribution.state != "published" or contribution.published_at is None:
        raise HTTPException(404)
    name = contribution.url.rpartition("/")[2]
    return page.send(
        format_.write(contribution, page.absolute(page.href(contribution.url))).encode(),
        format_.media_type,
        {"Content-Disposition": f'attachment; filename="demain-{name}.{extension}"'},
    )
