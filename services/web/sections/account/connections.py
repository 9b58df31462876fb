"""One's own ways in: with a password, and with what is linked of another provider."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, comes_from_us
from services.web.language import _, current
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY
from services.web.sections.account.outside import failed, other_provider
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

OWN = "/mon-espace/connexions"


@router.get(OWN)
async def ways_in(page: CurrentPage) -> Response:
    """How one may sign in to one's account."""
    return await _shown(page)


@router.get(OWN + "/relier")
async def set_out_to_link(page: CurrentPage) -> Response:
    """Send the browser to the other provider, to come back with an identity to link.

    A GET, as browsers let no form lead to wherever that provider sends them on; from a link of ours alone.
    """
    token = await page.needed_token()
    if not comes_from_us(page.request, page):
        return page.go(page.href(OWN))
    browser = page.sign_in_browser() or secrets.token_urlsafe(32)
    try:
        onward = await page.client(IdentityClient).set_out_to_link(browser, token=token, language=current())
    except ServiceProblem as problem:
        return _again(page) if problem.status == 403 else await failed(page, problem)
    response = page.go(onward.location)
    response.headers.update(FOR_EYES_ONLY)
    page.mark_browser(response, browser)
    return response


@router.post(OWN + "/delier")
async def unlink(page: CurrentPage, form: PostedForm) -> Response:
    """Unlink an identity."""
    token = await page.needed_token()
    if not form.is_ours:
        return await _shown(page, status=422, errors={"form": _(EXPIRED)})
    try:
        await page.client(IdentityClient).unlink(form.text("id"), token=token)
    except ServiceProblem as problem:
        match problem.status:
            case 403:
                return _again(page)
            case 409:
                said = _("C’est votre seule façon d’entrer. Choisissez d’abord un mot de passe.")
                return await _shown(page, status=409, errors={"form": said})
            case 404 | 422:
                return page.go(page.href(OWN))
            case _:
                raise
    return page.go(page.href(OWN), notice="outside-unlinked")


async def _shown(page: Page, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    ways = await page.client(IdentityClient).ways_in(token=await page.needed_token())
    outside = await other_provider(page)
    return await page.render("account/connections.html", status=status, ways=ways, outside=outside, errors=errors or {})


def _again(page: Page) -> Response:
    """It changes who may sign in: they show once more who they are."""
    return page.go(page.href("/connexion", suite=page.href(OWN), encore="1"))
