"""The feed of each list of calls, organizations and demonstrators, at the list's own address with ``.atom``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.responses import Response

from services.web import feeds
from services.web.errors import PageRoute
from services.web.language import N_, _
from services.web.names import Names
from services.web.page import CurrentPage, Page
from services.web.sections.partners.choice import Choice
from services.web.sections.partners.reading import read_calls, read_demonstrators, read_organizations
from services.web.sections.partners.words import CALLS, DEMONSTRATORS, ORGANIZATIONS
from shared.clients.partners import CallSummary, DemonstratorSummary, OrganizationSummary

router = APIRouter(route_class=PageRoute)

Listed = CallSummary | OrganizationSummary | DemonstratorSummary


@dataclass(frozen=True)
class _List:
    """A list that can be followed."""

    path: str
    title: str
    """A message id."""
    choice: Callable[[QueryParams], Choice]
    read: Callable[[Page, Choice, str], Awaitable[Any]]
    """A page of it, with ``items`` and ``next``."""
    kind: Callable[[Any], tuple[str, str]]
    """The code of an entry's kind, and its name as a message id."""

    @property
    def feed(self) -> str:
        """Where the feed is."""
        return f"{self.path}.atom"


def _kind_of_demonstrator(one: DemonstratorSummary) -> tuple[str, str]:
    code = "ended" if one.state == "ended" else "running"
    return code, DEMONSTRATORS.get(code, code)


LISTS: Sequence[_List] = (
    _List("/appels", N_("Appels"), Choice.of_calls, read_calls, lambda one: (one.kind, CALLS.get(one.kind, one.kind))),
    _List(
        "/organisations",
        N_("Organisations"),
        Choice.of_organizations,
        read_organizations,
        lambda one: (one.kind, ORGANIZATIONS.get(one.kind, one.kind)),
    ),
    _List(
        "/demonstrateurs",
        N_("Démonstrateurs"),
        Choice.of_demonstrators,
        read_demonstrators,
        _kind_of_demonstrator,
    ),
)


def _follow(listed: _List) -> None:
    @router.get(listed.feed)
    async def feed(page: CurrentPage, cursor: str = "") -> Response:
        """What a choice shows, the newest first."""
        names = await page.site.names.read()
        choice = listed.choice(page.request.query_params)
        if choice != choice.now(names):
            return page.go(page.href(listed.feed, **choice.now(names).query()), status=301)
        found = await listed.read(page, choice, cursor)
        return await feeds.answer(
            page,
            feeds.Feed(
                title=f"Demain – {_(listed.title)}",
                list_path=page.href(listed.path, **choice.query()),
                path=page.href(listed.feed, **choice.query(cursor)),
                next_path=page.href(listed.feed, **choice.query(found.next)) if found.next else None,
                entries=[_entry(page, names, listed, one) for one in found.items],
            ),
        )


for _one in LISTS:
    _follow(_one)


def _entry(page: Page, names: Names, listed: _List, one: Listed) -> feeds.Entry:
    themes, territories = page.absolute(page.href("/themes")), page.absolute(page.href("/territoires"))
    kind, called = listed.kind(one)
    return feeds.Entry(
        uuid=one.id,
        url=page.absolute(page.href(one.url)),
        language=one.language,
        title=one.name if isinstance(one, OrganizationSummary) else one.title,
        summary=one.summary,
        published=one.published_at or one.updated_at,
        updated=one.updated_at,
        authors=[],
        categories=[
            feeds.Category(kind, page.absolute(page.href(listed.path)), _(called)),
            *(feeds.Category(id, themes, names.theme(id)) for id in one.themes),
            *(feeds.Category(id, territories, names.territory(id)) for id in one.territories),
        ],
    )
