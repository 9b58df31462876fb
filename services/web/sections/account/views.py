"""Signing in, out and up, and my space."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, local_path
from services.web.language import N_, _, prefix
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.section import Place
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

EXPIRED = N_("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")


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
            if problem.status not in (400, 401, 422, 429):
                raise
            status = 429 if problem.status == 429 else 422
            errors["form"] = (
                _("Trop d’essais. Attendez quelques minutes avant de recommencer.")
                if status == 429
                else _("Cette adresse et ce mot de passe ne vont pas ensemble.")
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
    """Open an account and sign in to it."""
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
            await page.client(IdentityClient).sign_up(email, password, name)
        except ServiceProblem as problem:
            if problem.status not in (400, 409, 422, 429):
                raise
            status = 429 if problem.status == 429 else 422
            errors = _sign_up_errors(problem)
        else:
            return await _start(page, email, password, suite, notice="signed-up")
    return await page.render("account/sign_up.html", status=status, suite=suite, email=email, name=name, errors=errors)


def _sign_up_errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status == 429:
        return {"form": _("Trop d’essais. Attendez quelques minutes avant de recommencer.")}
    errors: dict[str, str] = {}
    for error in problem.errors:
        match error.field.rpartition(".")[2]:
            case "email" if problem.status == 409 or "taken" in problem.type:
                errors["email"] = _("Un compte existe déjà avec cette adresse. Connectez-vous plutôt.")
            case "email":
                errors["email"] = _("Cette adresse n’est pas valable. Elle s’écrit nom@exemple.fr.")
            case "password":
                errors["password"] = _(
                    "Ce mot de passe ne convient pas. Prenez au moins dix signes, par exemple une suite de mots ; "
                    "pas votre adresse."
                )
            case "display_name":
                errors["display_name"] = _("Ce nom ne convient pas. Un à quatre-vingts signes, sur une ligne.")
    if not errors and problem.status == 409:
        errors["email"] = _("Un compte existe déjà avec cette adresse. Connectez-vous plutôt.")
    return errors or {"form": problem.detail or problem.title}


async def _start(page: Page, email: str, password: str, suite: str, *, notice: str) -> Response:
    identity = page.client(IdentityClient)
    tokens = await identity.sign_in(email, password)
    me = await identity.me(tokens.access_token)
    cookie = await page.site.sessions.open(tokens, me, instead_of=page.request.cookies.get(page.site.cookie))
    response = page.go(suite or page.href("/mon-espace"), notice=notice)
    page.start_session(response, cookie)
    return response


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
    return await page.render("account/space.html", blocks=await page.blocks(Place.SPACE))
