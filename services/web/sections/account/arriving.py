"""Whoever arrives from another provider says who they are here: somebody new, or the owner of an account."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _, current
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY, refused
from services.web.sections.account.outside import failed
from services.web.sections.account.verification import UNVERIFIED
from services.web.sections.account.views import SUSPENDED
from shared.clients.base import ServiceProblem
from shared.clients.identity import Arrival, IdentityClient

router = APIRouter(route_class=PageRoute)

OTHER_BROWSER = "urn:demain:problem:other-browser"
ARRIVING = "/connexion/ailleurs/arrivee"


@router.get(ARRIVING)
async def arrive(page: CurrentPage, compte: str = "") -> Response:
    """Asks for what is missing: a name, an address, or a sign that the account is theirs."""
    try:
        arrival = await page.client(IdentityClient).arrival(_browser(page))
    except ServiceProblem as problem:
        return await failed(page, problem)
    return await _form(page, arrival, owner=bool(compte))


@router.post(ARRIVING)
async def open_account(page: CurrentPage, form: PostedForm) -> Response:
    """Open an account: at once, or by a mail where the provider does not say that the address is theirs."""
    identity, browser = page.client(IdentityClient), _browser(page)
    name, email = form.text("display_name"), form.text("email")
    status, errors = 422, {} if form.is_ours else {"form": _(EXPIRED)}
    try:
        arrival = await identity.arrival(browser)
        if not errors and not name:
            errors["display_name"] = _("Écrivez le nom sous lequel on vous lira.")
        if form.is_ours and not arrival.email_verified and not email:
            errors["email"] = _("Écrivez votre adresse e-mail.")
        if not errors:
            if not arrival.email_verified:
                await identity.mail_to_arrival(browser, email, name, language=current())
                return await page.render("account/arrival_mail.html", arrival=arrival, email=email)
            return _onward(page, (await identity.open_for_arrival(browser, name)).location)
    except ServiceProblem as problem:
        if problem.status == 409:
            # The address got an account meanwhile: the page asks for a sign that it is theirs.
            return page.go(page.href(ARRIVING))
        if problem.status not in (422, 429):
            return await _not_let_in(page, problem)
        status, errors = refused(problem)
    return await _form(page, arrival, status=status, name=name, email=email, errors=errors)


@router.post("/connexion/ailleurs/compte")
async def prove(page: CurrentPage, form: PostedForm) -> Response:
    """Link with the account whose password they know."""
    identity, browser = page.client(IdentityClient), _browser(page)
    email, password = form.text("email"), form.text("password", strip=False)
    status, errors = 422, {} if form.is_ours else {"form": _(EXPIRED)}
    try:
        arrival = await identity.arrival(browser)
        if not errors and not email:
            errors["email"] = _("Écrivez l’adresse e-mail de votre compte.")
        if form.is_ours and not password:
            errors["password"] = _("Écrivez votre mot de passe.")
        if not errors:
            onward = await identity.prove_arrival(browser, email, password, language=current())
            return _onward(page, onward.location)
    except ServiceProblem as problem:
        if problem.status == 401:
            errors["form"] = _("Cette adresse et ce mot de passe ne vont pas ensemble.")
        elif problem.status in (422, 429):
            status, errors = refused(problem)
        else:
            return await _not_let_in(page, problem, email)
    return await _form(page, arrival, status=status, owner=True, email=email, errors=errors)


@router.post("/connexion/ailleurs/courrier")
async def send_mail(page: CurrentPage, form: PostedForm) -> Response:
    """Have a mail sent to the owner of the account, instead of its password."""
    identity, browser = page.client(IdentityClient), _browser(page)
    try:
        arrival = await identity.arrival(browser)
        email = arrival.email or ""
        if not form.is_ours:
            return await _form(page, arrival, status=422, owner=True, errors={"form": _(EXPIRED)})
        # The name is for an account that would be opened; here there is one.
        await identity.mail_to_arrival(browser, email, arrival.display_name or email[:80], language=current())
    except ServiceProblem as problem:
        if problem.status not in (422, 429):
            return await _not_let_in(page, problem)
        status, errors = refused(problem)
        return await _form(page, arrival, status=status, owner=True, errors=errors)
    return await page.render("account/arrival_mail.html", arrival=arrival, email=email)


@router.get("/connexion/ailleurs/confirmation")
async def confirmation_form(page: CurrentPage, jeton: str = "") -> Response:
    """The page of the link in the mail. What looks into mails must not use the link up: a button does."""
    if not jeton:
        return page.go(page.href(ARRIVING))
    return await page.render("account/arrival_confirmed.html", jeton=jeton, errors={}, headers=FOR_EYES_ONLY)


@router.post("/connexion/ailleurs/confirmation")
async def confirm(page: CurrentPage, form: PostedForm) -> Response:
    """Let them in, in the browser in which they arrived."""
    jeton = form.text("jeton")
    errors = {"form": _(EXPIRED)}
    if form.is_ours:
        try:
            onward = await page.client(IdentityClient).confirm_arrival(_browser(page), jeton, language=current())
        except ServiceProblem as problem:
            if problem.type != OTHER_BROWSER:
                return await _not_let_in(page, problem)
            errors["form"] = _(
                "Ce navigateur n’est pas celui où vous avez commencé : ouvrez-y le lien. Si vous n’avez rien commencé, "
                "fermez cette page : quelqu’un d’autre voudrait entrer dans votre compte."
            )
        else:
            return _onward(page, onward.location)
    return await page.render(
        "account/arrival_confirmed.html", status=422, jeton=jeton, errors=errors, headers=FOR_EYES_ONLY
    )


def _browser(page: Page) -> str:
    """What marks the browser; identity knows of nobody who arrived in one without."""
    return page.sign_in_browser() or "a browser nobody arrived in"


def _onward(page: Page, location: str) -> Response:
    return page.go(page.site.signing_in.on_this_host(location))


async def _not_let_in(page: Page, problem: ServiceProblem, email: str = "") -> Response:
    if problem.status == 403:
        if problem.type == SUSPENDED:
            return await page.render("account/suspended.html", status=403)
        return await page.render("account/mail_wanted.html", status=403, wanted=UNVERIFIED, email=email, errors={})
    return await failed(page, problem)


async def _form(
    page: Page,
    arrival: Arrival,
    *,
    status: int = 200,
    owner: bool = False,
    name: str | None = None,
    email: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """``owner`` asks for a sign that an account is theirs; an address that has one does so anyway."""
    template = "account/arrival_owner.html" if owner or arrival.has_account else "account/arrival_new.html"
    return await page.render(
        template,
        status=status,
        headers=FOR_EYES_ONLY,
        arrival=arrival,
        name=arrival.display_name if name is None else name,
        email=(arrival.email or "") if email is None else email,
        errors=errors or {},
    )
