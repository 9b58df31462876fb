"""What the site declares to the runtime."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from services.web import sitemap
from services.web.errors import PageRoute
from services.web.head import HeadLikeGet
from services.web.headers import SecurityHeaders
from services.web.language import LOCALES, LanguageFromPath, prefix
from services.web.page import CurrentPage, site_of
from services.web.page_cache.following import Following
from services.web.page_cache.layer import PageCacheLayer
from services.web.reactions import REACTIONS
from services.web.section import discover
from services.web.tables import WebTable
from shared.http.access import Anyone
from shared.http.route import joined
from shared.runtime.process_role import ProcessRole
from shared.runtime.service import Service, Worker


def build_router() -> APIRouter:
    """All sections' routes, then static files, and at last the page for addresses that are none."""
    return joined(*(section.router for section in discover()), sitemap.router, _own)


_own = APIRouter(route_class=PageRoute)


@_own.get("/static/{path:path}")
async def static(request: Request, path: str, _: Anyone) -> Response:
    """A static file; its address changes with its content, so that it may be kept for a year."""
    asset = site_of(request).assets.at(path)
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    content = asset.content
    if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = asset.compressed, "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)


@_own.get("/robots.txt")
async def robots(page: CurrentPage) -> Response:
    """Where robots have no business: what is private, and the endless space of searches; and where all pages are."""
    paths = [path for section in page.site.sections for path in section.private]
    lines = [f"Disallow: {prefix(locale)}{path}" for locale in LOCALES for path in paths]
    return PlainTextResponse("\n".join(["User-agent: *", *lines, "", f"Sitemap: {page.absolute('/sitemap.xml')}", ""]))


@_own.get("/{path:path}")
async def nowhere(page: CurrentPage, path: str) -> Response:
    """No such page; with a slash too many, the page without it."""
    if path.endswith("/") and path.strip("/"):
        query = page.request.url.query
        return page.go(page.href("/" + path.strip("/")) + (f"?{query}" if query else ""), status=308)
    raise HTTPException(404)


SERVICE = Service(
    name="web",
    title="The site: pages for readers, writers and editors",
    paths=("/",),
    router=build_router(),
    metadata=WebTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    middleware=(SecurityHeaders, HeadLikeGet, LanguageFromPath),
    in_front=PageCacheLayer,
    workers=(
        Worker("page cache", Following, ProcessRole.API),
        *(worker for section in discover() for worker in section.workers),
    ),
    problems_as_pages=True,
)
