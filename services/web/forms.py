"""Posted forms: where they come from, and whether they are ours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from services.web.page import CurrentPage

TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field


class ForeignForm(Exception):
    """Another site sent this form."""


class StaleForm(Exception):
    """The form was made for a session that is over, or not by us."""


@dataclass(frozen=True)
class Posted:
    """What was filled in. Line ends are those of Unix; outer spaces are cut except where asked not to."""

    fields: FormData
    is_ours: bool
    """Whether the form's token fits; a view that must not lose what was typed looks at it itself."""

    def text(self, name: str, *, strip: bool = True) -> str:
        """One field; empty when it is missing."""
        value = self.fields.get(name, "")
        text = value.replace("\r\n", "\n") if isinstance(value, str) else ""
        return text.strip() if strip else text

    def several(self, name: str) -> list[str]:
        """All values of a field, such as checked boxes."""
        return [value for value in self.fields.getlist(name) if isinstance(value, str) and value]

    def rows(self, *names: str) -> list[tuple[str, ...]]:
        """Fields that stand in rows: one tuple for each row, in the order of ``names``; missing ones are empty."""
        columns = [[one.strip() for one in self.fields.getlist(name) if isinstance(one, str)] for name in names]
        return list(zip_longest(*columns, fillvalue=""))

    def expect_ours(self) -> None:
        """Raises StaleForm unless the token fits."""
        if not self.is_ours:
            raise StaleForm


async def posted(request: Request, page: CurrentPage) -> Posted:
    """Read a form sent to this request. Raises ForeignForm when a browser says that it comes from elsewhere."""
    if not comes_from_us(request, page):
        raise ForeignForm
    fields = await request.form(max_files=0, max_fields=500)
    token = fields.get(TOKEN_FIELD, "")
    return Posted(fields, isinstance(token, str) and page.is_own_form(token))


async def posted_with_file(request: Request, page: CurrentPage) -> Posted:
    """The same for a form with one file. Raises HTTPException 413 for one that is too large."""
    if not comes_from_us(request, page):
        raise ForeignForm
    fields = await request.form(max_files=1, max_fields=10)
    token = fields.get(TOKEN_FIELD, "")
    return Posted(fields, isinstance(token, str) and page.is_own_form(token))


def comes_from_us(request: Request, page: CurrentPage) -> bool:
    """Whether ``Origin`` (or ``Sec-Fetch-Site``, or ``Referer``) is ours; browsers that send none pass."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin is not None:
        return page.site.is_own_origin(origin, host)
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    referer = request.headers.get("referer")
    if referer:
        parts = urlsplit(referer)
        return page.site.is_own_origin(f"{parts.scheme}://{parts.netloc}", host)
    return True


PostedForm = Annotated[Posted, Depends(posted)]


def local_path(wanted: str, otherwise: str) -> str:
    """``wanted`` if it is a path of this site, else ``otherwise``: nobody is sent elsewhere by a link to us.

    Browsers take ``//host``, ``/\\host`` and paths with control characters for other sites.
    """
    if (
        not wanted.startswith("/")
        or wanted.startswith("//")
        or "\\" in wanted
        or any(ord(sign) < 0x21 or ord(sign) == 0x7F for sign in wanted)
    ):
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc else wanted
