"""Reading the kept mails. Wiring says whether they may be shown at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.page import CurrentPage, Page
from shared.mail.port import Mailbox

router = APIRouter(route_class=PageRoute)

MOST = 50
"""Mails listed."""
OWN_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})


@router.get("/dev/mail")
async def mails(page: CurrentPage) -> Response:
    """The newest mails."""
    kept = await _mailbox(page).newest(MOST)
    return await page.render("mailbox/mails.html", mails=kept, headers={"Cache-Control": "no-store"})


@router.get("/dev/mail/{name}")
async def mail(page: CurrentPage, name: str) -> Response:
    """One mail, with links that lead where they say."""
    kept = await _mailbox(page).read(name)
    if kept is None:
        raise HTTPException(404)
    return await page.render("mailbox/mail.html", mail=kept, headers={"Cache-Control": "no-store"})


def _mailbox(page: Page) -> Mailbox:
    """The mailbox. Raises HTTPException 404 where there is none.

    Also for a request to another name than this machine's own: another site could have its name lead here, and
    read through the browser of whoever sits at it (DNS rebinding).
    """
    host = urlsplit(f"//{page.request.headers.get('host', '')}").hostname
    if page.site.mailbox is None or host not in OWN_NAMES:
        raise HTTPException(404)
    return page.site.mailbox
