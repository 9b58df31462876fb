"""The feed of each list of forums, at the list's own address with ``.atom``."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web import feeds
from services.web.errors import PageRoute
from services.web.language import _
from services.web.names import Names
from services.web.page import CurrentPage, Page
from services.web.sections.forums.choice import Choice
from shared.clients.events import ForumSummary

router = APIRouter(route_class=PageRoute)

PATH = "/forums.atom"


@router.get(PATH)
async def feed(page: CurrentPage, cursor: str = "") -> Response:
    """The forums of a choice; ``cursor`` leads to further ones."""
    names = await page.site.names.read()
    choice = Choice.of(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href(PATH, **choice.now(names).query()), status=301)
    found = await choice.read(page, cursor)
    return await feeds.answer(
        page,
        feeds.Feed(
            title=f"Demain – {choice.heading(names)}",
            list_path=page.href("/forums", **choice.query()),
            path=page.href(PATH, **choice.query(cursor)),
            next_path=page.href(PATH, **choice.query(found.next)) if found.next else None,
            entries=[_entry(page, names, one) for one in found.items],
        ),
    )


def _entry(page: Page, names: Names, one: ForumSummary) -> feeds.Entry:
    themes = page.absolute(page.href("/themes"))
    territories = page.absolute(page.href("/territoires"))
    title = one.title if one.state != "cancelled" else _("Annulé : %(title)s", title=one.title)
    return feeds.Entry(
        uuid=one.id,
        url=page.absolute(page.href(one.url)),
        language=one.language,
        title=title,
        summary=one.summary,
        published=one.published_at or one.updated_at,
        updated=one.updated_at,
        authors=[],
        categories=[
            *(feeds.Category(id, themes, names.theme(id)) for id in one.themes),
            *(feeds.Category(id, territories, names.territory(id)) for id in one.territories),
        ],
    )
