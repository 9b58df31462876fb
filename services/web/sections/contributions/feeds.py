"""The feed of each list of contributions, at the list's own address with ``.atom``.

A withdrawn contribution is in no list, hence in no feed. Search has none: what it finds is an answer to a question,
which may be shorter than asked for and never the same twice, and no list of the site's.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web import feeds
from services.web.errors import PageRoute
from services.web.language import _
from services.web.names import Names
from services.web.page import CurrentPage, Page
from services.web.sections.contributions.choice import Choice
from services.web.sections.contributions.words import KINDS
from shared.clients.contributions import ContributionSummary

router = APIRouter(route_class=PageRoute)

PATH = "/contributions.atom"


@router.get(PATH)
async def feed(page: CurrentPage, cursor: str = "") -> Response:
    """The newest contributions of a choice; ``cursor`` leads to older ones."""
    names = await page.site.names.read()
    choice = Choice.of(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href(PATH, **choice.now(names).query()), status=301)
    found = await choice.read(page, cursor)
    return await feeds.answer(
        page,
        feeds.Feed(
            title=f"Demain – {choice.heading(names, found)}",
            list_path=page.href("/contributions", **choice.query()),
            path=page.href(PATH, **choice.query(cursor)),
            next_path=page.href(PATH, **choice.query(found.next)) if found.next else None,
            entries=[_entry(page, names, one) for one in found.items],
        ),
    )


def _entry(page: Page, names: Names, one: ContributionSummary) -> feeds.Entry:
    kind = feeds.Category(one.kind, page.absolute(page.href("/contributions")), _(KINDS.get(one.kind, one.kind)))
    themes = page.absolute(page.href("/themes"))
    territories = page.absolute(page.href("/territoires"))
    return feeds.Entry(
        uuid=one.id,
        url=page.absolute(page.href(one.url)),
        language=one.language,
        title=one.title,
        summary=one.summary,
        published=one.published_at or one.updated_at,
        updated=one.updated_at,
        authors=[author.name for author in one.authors if author.name],
        categories=[
            kind,
            *(feeds.Category(id, themes, names.theme(id)) for id in one.themes),
            *(feeds.Category(id, territories, names.territory(id)) for id in one.territories),
        ],
    )
