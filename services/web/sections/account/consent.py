"""Asking whether another site may know who somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.headers import letting_forms_lead_to
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY
from shared.clients.base import ServiceProblem
from shared.clients.identity import AuthorizationRequest, IdentityClient

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class Wish:
    """What a scope means to the person: a message id."""

    scope: str
    sentence: str


WISHES = (
    Wish("openid", N_("vous reconnaître quand vous revenez, par un numéro qui ne dit rien d’autre ;")),
    Wish("profile", N_("connaître votre nom sur Demain ;")),
    Wish("email", N_("connaître votre adresse e-mail ;")),
    Wish("offline_access", N_("garder cet accès trente jours après votre dernière visite, sans vous redemander.")),
)


async def ask(
    page: Page, demande: str, asked: AuthorizationRequest, *, errors: dict[str, str] | None = None
) -> Response:
    """The page that asks; who is not signed in, or not lately enough, signs in first and comes back."""
    here = page.href("/connexion", demande=demande)
    if await page.token() is None:
        return page.go(page.href("/connexion", suite=here))
    assert page.visitor is not None, "somebody with a token is a visitor"
    since = asked.signed_in_since
    if since is not None and page.visitor.signed_in_at < since:
        return page.go(page.href("/connexion", suite=here, encore="1"))
    return await page.render(
        "account/consent.html",
        status=422 if errors else 200,
        headers={**FOR_EYES_ONLY, **letting_forms_lead_to(asked.returns_to)},
        demande=demande,
        asked=asked,
        host=urlsplit(asked.returns_to).hostname,
        wishes=[_(one.sentence) for one in WISHES if one.scope in asked.scopes],
        errors=errors or {},
    )


@router.post("/connexion/accord")
async def decide(page: CurrentPage, form: PostedForm) -> Response:
    """Bring the person's answer to the provider, and send the browser on to the other site."""
    demande = form.text("demande")
    here = page.href("/connexion", demande=demande)
    token = await page.token()
    if token is None:
        return page.go(page.href("/connexion", suite=here))
    identity = page.client(IdentityClient)
    try:
        if not form.is_ours:
            asked = await identity.authorization_request(demande)
            return await ask(page, demande, asked, errors={"form": _(EXPIRED)})
        onward = await identity.decide(demande, granted=form.text("accord") == "oui", token=token)
    except ServiceProblem as problem:
        match problem.status:
            case 403:
                return page.go(page.href("/connexion", suite=here, encore="1"))
            case 404 | 409 | 410:
                return await page.render("account/sign_in_refused.html", status=410)
            case _:
                raise
    return page.go(onward.location)
