"""To another provider and back."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.language import current, prefix
from services.web.page import CurrentPage
from services.web.sections.account.answers import FOR_EYES_ONLY
from services.web.sections.account.outside import failed
from services.web.sections.account.sign_in import begin
from services.web.sections.account.views import SUSPENDED
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)


@router.get("/connexion/ailleurs")
async def set_out(page: CurrentPage, demande: str = "", suite: str = "") -> Response:
    """Send the browser to the other provider. Without a request that waits for it, one is made first."""
    if not demande:
        return await begin(page, suite, outside=True)
    browser = page.sign_in_browser() or secrets.token_urlsafe(32)
    try:
        onward = await page.client(IdentityClient).set_out(demande, browser, language=current())
    except ServiceProblem as problem:
        if problem.status == 410:
            return page.go(page.href("/connexion"), notice="sign-in-over")
        return await failed(page, problem)
    response = page.go(onward.location)
    response.headers.update(FOR_EYES_ONLY)
    page.mark_browser(response, browser)
    return response


@router.get("/connexion/ailleurs/retour")
async def come_back(page: CurrentPage) -> Response:
    """Where the other provider sends the browser back, in whatever language it set out."""
    answer = page.request.query_params
    try:
        landed = await page.client(IdentityClient).outside_return(
            page.sign_in_browser() or "of nobody who set out",
            state=answer.get("state", ""),
            code=answer.get("code", ""),
            error=answer.get("error", ""),
            iss=answer.get("iss"),
            token=await page.token_if_possible(),
        )
    except ServiceProblem as problem:
        if problem.status == 403:
            if problem.type == SUSPENDED:
                return await page.render("account/suspended.html", status=403)
            return page.go(page.href("/connexion"), notice="outside-declined")
        return await failed(page, problem)
    # Nothing of what came in the address is left in it.
    home = prefix(landed.language)
    if landed.outcome == "linked":
        response = page.go(f"{home}/mon-espace/connexions", notice="outside-linked")
    elif landed.location is not None:
        response = page.go(page.site.signing_in.on_this_host(landed.location))
    else:
        response = page.go(f"{home}/connexion/ailleurs/arrivee")
    response.headers.update(FOR_EYES_ONLY)
    return response
