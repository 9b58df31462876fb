"""Another password: because the present one is forgotten, or because one wants to."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _, current
from services.web.page import CurrentPage
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY, begin_session, refused
from services.web.sections.account.verification import FORGOTTEN, link_over
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)


@router.get("/nouveau-mot-de-passe")
async def reset_form(page: CurrentPage, jeton: str = "") -> Response:
    """The page of the link in the mail: asks for another password."""
    if not jeton:
        return page.go(page.href(FORGOTTEN.path))
    return await page.render("account/reset.html", jeton=jeton, errors={}, headers=FOR_EYES_ONLY)


@router.post("/nouveau-mot-de-passe")
async def reset(page: CurrentPage, form: PostedForm) -> Response:
    """Take the new password; who is signed in anywhere is not any more."""
    jeton, password = form.text("jeton"), form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not password:
        errors["password"] = _("Choisissez un mot de passe.")
    else:
        try:
            await page.client(IdentityClient).reset(jeton, password, language=current())
        except ServiceProblem as problem:
            if problem.status == 410:
                return await link_over(page, FORGOTTEN)
            status, errors = refused(problem)
        else:
            if page.visitor is not None:
                await page.site.sessions.end(page.visitor)
            response = page.go(page.href("/connexion"), notice="password-reset")
            page.end_session(response)
            return response
    return await page.render("account/reset.html", status=status, jeton=jeton, errors=errors, headers=FOR_EYES_ONLY)


@router.get("/mon-espace/mot-de-passe")
async def change_form(page: CurrentPage) -> Response:
    """Asks for the present password and another one."""
    await page.needed_token()
    return await page.render("account/password.html", errors={})


@router.post("/mon-espace/mot-de-passe")
async def change(page: CurrentPage, form: PostedForm) -> Response:
    """Change the password; the session goes on under a new cookie, all others end."""
    token = await page.needed_token()
    present, password = form.text("present", strip=False), form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    else:
        if not present:
            errors["present"] = _("Écrivez votre mot de passe actuel.")
        if not password:
            errors["password"] = _("Choisissez un mot de passe.")
    if not errors:
        try:
            tokens = await page.client(IdentityClient).change_password(
                present, password, token=token, language=current()
            )
        except ServiceProblem as problem:
            status, errors = refused(problem)
        else:
            return await begin_session(page, tokens, page.href("/mon-espace"), notice="password-changed")
    return await page.render("account/password.html", status=status, errors=errors)
