"""Signing in, out and up, and my space."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, local_path
from services.web.language import _, current, prefix
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.section import Place
from services.web.sections.account.answers import EXPIRED, TOO_MANY, begin_session, refused
from services.web.sections.account.verification import SIGNED_UP, UNVERIFIED
from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

SUSPENDED = "urn:demain:problem:suspended"


@router.get("/connexion")
async def sign_in_form(page: CurrentPage, suite: str = "") -> Response:
    """The sign-in form; who is signed in already goes on."""
    if page.visitor is not None:
        return page.go(local_path(suite, page.href("/mon-espace")))
    return await page.render("account/sign_in.html", suite=local_path(suite, ""), email="", errors={})


@router.post("/connexion")
async def sign_in(page: CurrentPage, form: PostedForm) -> Response:
    """Check e-mail and password, start a session under a new cookie, and go back to where one came from."""
    email, password = form.text("email"), form.text("password", strip=False)
    suite = local_path(form.text("suite"), "")
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
            return await _start(page, email, password, suite, notice="signed-in")
        except ServiceProblem as problem:
            if problem.type == SUSPENDED:
                return await page.render("account/suspended.html", status=403)
            if problem.status == 403:
                return await page.render(
                    "account/mail_wanted.html", status=403, wanted=UNVERIFIED, email=email, errors={}
                )
            if problem.status not in (400, 401, 422, 429):
                raise
            status = 429 if problem.status == 429 else 422
            errors["form"] = (
                _(TOO_MANY) if status == 429 else _("Cette adresse et ce mot de passe ne vont pas ensemble.")
            )
    return await page.render("account/sign_in.html", status=status, suite=suite, email=email, errors=errors)


@router.get("/inscription")
async def sign_up_form(page: CurrentPage, suite: str = "") -> Response:
    """The form that opens an account."""
    if page.visitor is not None:
        return page.go(page.href("/mon-espace"))
    return await page.render("account/sign_up.html", suite=local_path(suite, ""), email="", name="", errors={})


@router.post("/inscription")
async def sign_up(page: CurrentPage, form: PostedForm) -> Response:
    """Ask for an account; the mail that comes says how it goes on, also where there is one already."""
    email, name = form.text("email"), form.text("display_name")
    password = form.text("password", strip=False)
    suite = local_path(form.text("suite"), "")
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    else:
        if not name:
            errors["display_name"] = _("Écrivez le nom sous lequel on vous lira.")
        if not email:
            errors["email"] = _("Écrivez votre adresse e-mail.")
        if not password:
            errors["password"] = _("Choisissez un mot de passe.")
    if not errors:
        try:
            await page.client(IdentityClient).sign_up(email, password, name, language=current())
        except ServiceProblem as problem:
            status, errors = refused(problem)
        else:
            return await page.render("account/mail_sent.html", wanted=SIGNED_UP, email=email)
    return await page.render("account/sign_up.html", status=status, suite=suite, email=email, name=name, errors=errors)


async def _start(page: Page, email: str, password: str, suite: str, *, notice: str) -> Response:
    tokens = await page.client(IdentityClient).sign_in(email, password)
    return await begin_session(page, tokens, suite or page.href("/mon-espace"), notice=notice)


@router.get("/deconnexion")
async def sign_out_form(page: CurrentPage) -> Response:
    """Ask before signing out, so that a link alone cannot do it."""
    if page.visitor is None:
        return page.go(page.href("/"))
    return await page.render("account/sign_out.html")


@router.post("/deconnexion")
async def sign_out(page: CurrentPage, form: PostedForm) -> Response:
    """End the session here and at identity."""
    form.expect_ours()
    if page.visitor is not None:
        await page.site.sessions.end(page.visitor)
    response = page.go(prefix() or "/", notice="signed-out")
    page.end_session(response)
    return response


@router.get("/mon-espace")
async def my_space(page: CurrentPage) -> Response:
    """What is mine, section by section."""
    if await page.token() is None:
        raise SignInNeeded
    assert page.visitor is not None, "somebody with a token is a visitor"
    me = PersonRef(id=page.visitor.person, name=page.visitor.name)
    return await page.render("account/space.html", me=me, blocks=await page.blocks(Place.SPACE))
