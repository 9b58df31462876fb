"""Signing in: to the provider and back. The form is the provider's, shown by the site."""

from __future__ import annotations

import secrets

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, local_path
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY, TOO_MANY, begin_session
from services.web.sections.account.consent import ask
from services.web.sections.account.outside import other_provider
from services.web.sections.account.verification import UNVERIFIED
from services.web.sections.account.views import SUSPENDED
from services.web.signing_in import NotFinished
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

log = structlog.get_logger(__name__)


@router.get("/connexion")
async def sign_in_form(page: CurrentPage, demande: str = "", suite: str = "", encore: str = "") -> Response:
    """Begin to sign in; or show what the provider wants to know. Who is signed in already goes on."""
    if not demande:
        if page.visitor is not None and not encore:
            return page.go(local_path(suite, page.href("/mon-espace")))
        return await begin(page, suite, again=bool(encore))
    try:
        asked = await page.client(IdentityClient).authorization_request(demande)
    except ServiceProblem as problem:
        if problem.status != 410:
            raise
        return page.go(page.href("/connexion"), notice="sign-in-over")
    if not asked.is_site:
        return await ask(page, demande, asked)
    suite = await page.site.signing_in.following(page.sign_in_browser(), asked.state)
    return await _form(page, demande=demande, suite=suite)


async def begin(page: Page, suite: str, *, outside: bool = False, again: bool = False) -> Response:
    """Send the browser to the provider, to come back and go on to ``suite`` if that is a path of the site.

    ``outside`` leads to the other provider at once, ``again`` has the person show anew who they are.
    """
    browser = page.sign_in_browser() or secrets.token_urlsafe(32)
    where = await page.site.signing_in.begin(browser, local_path(suite, ""), outside=outside, again=again)
    response = page.go(where)
    response.headers["Cache-Control"] = "no-store"
    page.mark_browser(response, browser)
    return response


@router.post("/connexion")
async def sign_in(page: CurrentPage, form: PostedForm) -> Response:
    """Check e-mail and password, and send the browser on with what that is worth."""
    email, password = form.text("email"), form.text("password", strip=False)
    demande, suite = form.text("demande"), local_path(form.text("suite"), "")
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not email or not password:
        if not email:
            errors["email"] = _("Écrivez l’adresse e-mail de votre compte.")
        if not password:
            errors["password"] = _("Écrivez votre mot de passe.")
    else:
        try:
            onward = await page.client(IdentityClient).sign_in_for(demande, email, password)
        except ServiceProblem as problem:
            match problem.status:
                case 403:
                    return await _not_let_in(page, problem, email)
                case 404 | 409 | 410:
                    return page.go(page.href("/connexion", suite=suite), notice="sign-in-over")
                case 429:
                    status, errors = 429, {"form": _(TOO_MANY)}
                case 400 | 401 | 422:
                    errors["form"] = _("Cette adresse et ce mot de passe ne vont pas ensemble.")
                case _:
                    raise
        else:
            return page.go(page.site.signing_in.on_this_host(onward.location))
    return await _form(page, demande=demande, suite=suite, status=status, email=email, errors=errors)


async def _not_let_in(page: Page, problem: ServiceProblem, email: str) -> Response:
    """The password was right, and still: suspended, or the address is not confirmed yet."""
    if problem.type == SUSPENDED:
        return await page.render("account/suspended.html", status=403)
    return await page.render("account/mail_wanted.html", status=403, wanted=UNVERIFIED, email=email, errors={})


async def _form(
    page: Page, *, demande: str, suite: str, status: int = 200, email: str = "", errors: dict[str, str] | None = None
) -> Response:
    return await page.render(
        "account/sign_in.html",
        status=status,
        headers=FOR_EYES_ONLY,
        demande=demande,
        suite=suite,
        email=email,
        errors=errors or {},
        outside=await other_provider(page),
    )


@router.get("/connexion/retour")
async def come_back(page: CurrentPage) -> Response:
    """Where the provider sends the browser back: start a session under a new cookie, and go on."""
    try:
        finished = await page.site.signing_in.finish(page.sign_in_browser(), page.request.query_params)
    except NotFinished as why:
        log.warning("a sign-in did not come back as it went", why=str(why))
        return await page.render("account/sign_in_failed.html", status=400, headers=FOR_EYES_ONLY)
    # Nothing of what came in the address is left in it.
    following = local_path(finished.following, "") or page.href("/mon-espace")
    response = await begin_session(page, finished.tokens, following, notice="signed-in", person=finished.person)
    response.headers.update(FOR_EYES_ONLY)
    return response


@router.get("/connexion/refusee")
async def refused(page: CurrentPage) -> Response:
    """Where a browser comes whose request to sign in to another site is not one that site may make."""
    return await page.render("account/sign_in_refused.html", status=400)
