"""The list of debates, one debate, one argument with all its replies."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web import clock, feeds
from services.web.errors import PageRoute
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.debates.states import STEPS, brief, sentence
from services.web.sections.debates.words import MORE, ORDERS, PHASES, POSITIONS, RULES
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Argument, ArgumentPage, Debate, DebatesClient, DebateSummary

router = APIRouter(route_class=PageRoute)

IN_A_COLUMN = 8
"""Arguments of each position on the page of a debate."""
IN_A_LIST = 30
REPLIES = 100
SETTLED = timedelta(seconds=31)
"""A little longer than what pages are told again of what was said before (`live.OVERLAP`)."""
WORDS: dict[str, Any] = {"POSITIONS": POSITIONS, "RULES": RULES, "MORE": MORE, "ORDERS": ORDERS}


@router.get("/debats")
async def debates(page: CurrentPage, phase: str = "", cursor: str = "") -> Response:
    """Open debates, those to come, those that are over; or more of one of them."""
    client = page.client(DebatesClient)
    asked = [phase] if phase in PHASES else list(PHASES)
    alone = len(asked) == 1
    pages = await asyncio.gather(
        *(client.page(phase=one, cursor=cursor or None if alone else None, limit=20 if alone else 10) for one in asked)
    )
    page.keep(phase=phase if alone and not cursor else "")
    return await page.render(
        "debates/list.html",
        groups=list(zip(asked, pages, strict=True)),
        phase=phase if alone else "",
        PHASES=PHASES,
        POSITIONS=POSITIONS,
        brief=brief,
        may_open=may_open(page),
        is_first=not cursor,
    )


@router.get("/debats.atom")
async def feed(page: CurrentPage, cursor: str = "") -> Response:
    """The feed of all debates, the one opened last first."""
    found = await page.client(DebatesClient).page(cursor=cursor or None)
    return await feeds.answer(
        page,
        feeds.Feed(
            title=f"Demain – {_('Débats')}",
            list_path=page.href("/debats"),
            path=page.href("/debats.atom", cursor=cursor),
            next_path=page.href("/debats.atom", cursor=found.next) if found.next else None,
            entries=[_entry(page, one) for one in found.items],
        ),
    )


def _entry(page: Page, one: DebateSummary) -> feeds.Entry:
    return feeds.Entry(
        uuid=one.id,
        url=page.absolute(page.href(one.url)),
        language=one.language,
        title=one.question,
        summary=one.summary,
        published=one.opens_at,
        updated=one.updated_at,
        authors=(),
    )


@router.get("/debats/{id:uuid}")
@router.get("/debats/{id:uuid}/{slug}")
async def debate(page: CurrentPage, id: UUID) -> Response:
    """One debate at its canonical address. A withdrawn one is 410 and says why."""
    found = await read(page, str(id))
    if isinstance(found, Response):
        return found
    if page.path != found.url:
        query = page.request.url.query
        return page.go(page.href(found.url) + (f"?{query}" if query else ""), status=301)
    return await show(page, found)


async def read(page: Page, id: str) -> Debate | Response:
    """A debate, or the page that says why it is not there any more."""
    token = await page.token_if_possible()
    try:
        found = await page.client(DebatesClient).read(id, token=token)
    except ServiceProblem as problem:
        if problem.status != 410:
            raise
        reason = problem.extra.get("reason")
        return await page.render(
            "debates/withdrawn.html", status=410, reason=reason if isinstance(reason, str) else None
        )
    if found.phase == "withdrawn":
        return await page.render("debates/withdrawn.html", status=410, reason=found.withdrawal_reason)
    return found


async def read_argument(page: Page, debate_id: UUID, id: UUID) -> Argument:
    """An argument of that debate, as the visitor sees it. Raises HTTPException 404 for one of another."""
    token = await page.token_if_possible()
    found = await page.client(DebatesClient).argument(str(id), token=token)
    if found.debate.id != str(debate_id):
        raise HTTPException(404)
    return found


async def show(
    page: Page,
    debate: Debate,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """The page of a debate: three columns, or the list of one position."""
    asked = page.request.query_params
    position = asked.get("position", "")
    position = position if position in POSITIONS else ""
    order = asked.get("order", "")
    order = order if order in ORDERS else "endorsements"
    cursor = asked.get("cursor", "") if position else ""
    token = await page.token_if_possible()
    client = page.client(DebatesClient)
    shown = [position] if position else list(POSITIONS)
    pages = await asyncio.gather(
        *(
            client.arguments(
                debate.id,
                token=token,
                order=order,
                position=one,
                cursor=cursor or None,
                limit=IN_A_LIST if position else IN_A_COLUMN,
            )
            for one in shown
        )
    )
    mine = await _just_said(page, debate, asked.get("argument", ""), token)
    columns = [
        (one, _with_first(found, mine if mine and mine.position == one else None))
        for one, found in zip(shown, pages, strict=True)
    ]
    page.keep(position=position, order=order if order != "endorsements" else "")
    return await page.render(
        "debates/debate.html",
        status=422 if errors else 200,
        debate=debate,
        columns=columns,
        position=position,
        order=order,
        cursor=cursor,
        since=said_until(debate).isoformat(),
        live=debate.phase == "open" and not cursor,
        steps=[step for step in STEPS if step.action in debate.actions],
        sentence=sentence,
        typed=typed or {"body": "", "position": position},
        errors=errors or {},
        **WORDS,
    )


async def _just_said(page: Page, debate: Debate, id: str, token: str | None) -> Argument | None:
    """The argument that is to be seen whatever the order, since one has just made it."""
    try:
        found = await page.client(DebatesClient).argument(str(UUID(id)), token=token)
    except (ValueError, ServiceProblem):
        return None
    return found if found.debate.id == debate.id and found.answers is None else None


def _with_first(found: ArgumentPage, first: Argument | None) -> ArgumentPage:
    if first is None:
        return found
    return ArgumentPage(items=[first, *(one for one in found.items if one.id != first.id)], next=found.next)


@router.get("/debats/{debate_id:uuid}/arguments/{id:uuid}")
async def argument(page: CurrentPage, debate_id: UUID, id: UUID, cursor: str = "") -> Response:
    """One argument, with all that answers it; a reply leads to what it answers."""
    token = await page.token_if_possible()
    client = page.client(DebatesClient)
    found = await read(page, str(debate_id))
    if isinstance(found, Response):
        return found
    spoken = await client.argument(str(id), token=token)
    if spoken.answers is not None or spoken.debate.id != found.id:
        return page.go(page.href(spoken.url), status=301)
    return await show_argument(page, found, spoken, cursor=cursor)


async def show_argument(
    page: Page,
    debate: Debate,
    spoken: Argument,
    *,
    cursor: str = "",
    typed: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    """The page of an argument."""
    token = await page.token_if_possible()
    replies = None
    if spoken.body is not None:
        replies = await page.client(DebatesClient).arguments(
            debate.id, token=token, answers=spoken.id, order="oldest", cursor=cursor or None, limit=REPLIES
        )
    page.keep()
    return await page.render(
        "debates/argument.html",
        status=422 if errors else 200,
        debate=debate,
        argument=spoken,
        replies=replies,
        since=said_until(debate).isoformat(),
        sentence=sentence,
        typed=typed,
        errors=errors or {},
        is_last=replies is None or not replies.next,
        **WORDS,
    )


def said_until(debate: Debate) -> datetime:
    """Up to when what was said in a debate is on a page made now: what is said later is told to it.

    It follows from what was said, not from when the page was made, so that pages made of the same are the same.
    """
    if debate.said_at is None:
        return debate.opens_at
    settled = debate.said_at + SETTLED
    return settled if clock.is_past(settled) else debate.said_at


def may_open(page: Page) -> bool:
    """Whether to offer to open a debate."""
    return page.visitor is not None and page.visitor.has_role("expert", "editor", "organizer", "moderator", "admin")
