"""The feed of each list of calls, at the list's own address with ``.atom``."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web import feeds
from services.web.errors import PageRoute
from services.web.language import _
from services.web.names import Names
from services.web.page import CurrentPage, Page
from services.web.sections.partners.choice import Choice
from services.web.sections.partners.reading import read_calls
from services.web.sections.partners.words import CALLS
from shared.clients.partners import CallSummary

router = APIRouter(route_class=PageRoute)

PATH = "/appels.atom"


@router.get(PATH)
async def feed(page: CurrentPage, cursor: str = "") -> Response:
    """The calls of a choice, the newest first."""
    names = await page.site.names.read()
    choice = Choice.of_calls(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href(PATH, **choice.now(names).query()), status=301)
    found = await read_calls(page, choice, cursor)
    return await feeds.answer(
        page,
        feeds.Feed(
            title=f"Demain – {_('Appels')}",
            list_path=page.href("/appels", **choice.query()),
            path=page.href(PATH, **choice.query(cursor)),
            next_path=page.href(PATH, **choice.query(found.next)) if found.next else None,
            entries=[_entry(page, names, one) for one in found.items],
        ),
    )


def _entry(page: Page, names: Names, one: CallSummary) -> feeds.Entry:
    themes, territories = page.absolute(page.href("/themes")), page.absolute(page.href("/territoires"))
    return feeds.Entry(
        uuid=one.id,
        url=page.absolute(page.href(one.url)),
        language=one.language,
        title=one.title,
        summary=one.summary,
        published=one.published_at or one.updated_at,
        updated=one.updated_at,
        authors=[],
        categories=[
            feeds.Category(one.kind, page.absolute(page.href("/appels")), _(CALLS.get(one.kind, one.kind))),
            *(feeds.Category(id, themes, names.theme(id)) for id in one.themes),
            *(feeds.Category(id, territories, names.territory(id)) for id in one.territories),
        ],
    )
