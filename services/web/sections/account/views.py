"""Signing up and out, and my space."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, local_path
from services.web.language import _, current, prefix
from services.web.page import CurrentPage, SignInNeeded
from services.web.section import Place
from services.web.sections.account.answers import EXPIRED, refused
from services.web.sections.account.outside import other_provider
from services.web.sections.account.verification import SIGNED_UP
from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

SUSPENDED = "urn:demain:problem:suspended"


@router.get("/inscription")
async def sign_up_form(page: CurrentPage, suite: str = "") -> Response:
    """The form that opens an account."""
    if page.visitor is not None:
        return page.go(page.href("/mon-espace"))
    outside = await other_provider(page)
    return await page.render(
        "account/sign_up.html", suite=local_path(suite, ""), email="", name="", errors={}, outside=outside
    )


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
    outside = await other_provider(page)
    return await page.render(
        "account/sign_up.html", status=status, suite=suite, email=email, name=name, errors=errors, outside=outside
    )


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
