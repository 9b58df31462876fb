"""The sitemap (https://www.sitemaps.org/protocol.html): an index of files, each part of a section a file, streamed.

Every page stands in it once for each language, and names the others (hreflang).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import chain

from fastapi import APIRouter
from markupsafe import escape
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from services.web.dates import rfc3339
from services.web.errors import PageRoute
from services.web.language import LOCALES, prefix
from services.web.page import CurrentPage, Page
from services.web.section import Address, Sitemap

PAGES_A_PART = 20_000
"""A file may name 50,000 addresses and weigh 50 MB; each page is named in every language, with all its addresses."""

MEDIA_TYPE = "application/xml"

router = APIRouter(route_class=PageRoute)

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def of_pages(*addresses: Address) -> Sitemap:
    """The sitemap of a section whose pages are known beforehand."""

    async def parts(_page: Page) -> Sequence[str]:
        return ["pages"]

    async def of_part(_page: Page, part: str) -> AsyncIterator[Address]:
        if part != "pages":
            raise LookupError(part)
        for address in addresses:
            yield address

    return Sitemap(parts, of_part)


@router.get("/sitemap.xml")
async def index(page: CurrentPage) -> Response:
    """All files. A section that does not answer makes it 503: robots ask again, and miss nothing."""
    lines = [
        f"<sitemap><loc>{escape(page.absolute(f'/sitemap/{section.name}/{part}.xml'))}</loc></sitemap>\n"
        for section in page.site.sections
        if section.sitemap is not None
        for part in await section.sitemap.parts(page)
    ]
    document = [
        _HEAD, '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n', *lines, "</sitemapindex>\n"
    ]  # fmt: skip
    return page.send("".join(document).encode(), MEDIA_TYPE)


@router.get("/sitemap/{section}/{part}.xml")
async def file(page: CurrentPage, section: str, part: str) -> Response:
    """One part of a section. Its first page is fetched before anything is sent, so that an outage is a 503."""
    sitemap = next((one.sitemap for one in page.site.sections if one.name == section), None)
    if sitemap is None:
        raise HTTPException(404)
    addresses = sitemap.addresses(page, part)
    try:
        first = [address async for address in _first(addresses)]
    except LookupError:
        raise HTTPException(404) from None

    async def document() -> AsyncIterator[str]:
        yield _HEAD
        yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        for address in first:
            yield _urls(page, address)
        async for address in addresses:
            yield _urls(page, address)
        yield "</urlset>\n"

    return StreamingResponse(document(), media_type=MEDIA_TYPE, headers={"Cache-Control": "public, no-cache"})


async def _first(addresses: AsyncIterator[Address]) -> AsyncIterator[Address]:
    async for address in addresses:
        yield address
        return


def _urls(page: Page, address: Address) -> str:
    places = {locale: escape(page.absolute(_in(locale, address.path))) for locale in LOCALES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{place}"/>'
        for code, place in chain(places.items(), [("x-default", places["fr"])])
    )
    changed = f"<lastmod>{rfc3339(address.changed)}</lastmod>" if address.changed else ""
    return "".join(f"<url><loc>{place}</loc>{changed}{others}</url>\n" for place in places.values())


def _in(locale: str, path: str) -> str:
    before = prefix(locale)
    return before if before and path == "/" else before + path
