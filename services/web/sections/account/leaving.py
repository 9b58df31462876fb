"""Another address, and erasing one's account: both ask for the password again."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _, current
from services.web.page import CurrentPage
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY, TOO_MANY, refused
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)


@router.get("/mon-espace/adresse")
async def address_form(page: CurrentPage) -> Response:
    """Asks for the new address and the password."""
    me = await page.client(IdentityClient).me(await page.needed_token())
    return await page.render("account/address.html", present=me.email, email="", errors={})


@router.post("/mon-espace/adresse")
async def ask_for_address(page: CurrentPage, form: PostedForm) -> Response:
    """Have the mail sent to the new address; the answer is the same whoever has it."""
    token = await page.needed_token()
    identity = page.client(IdentityClient)
    email, password = form.text("email"), form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    else:
        if not email:
            errors["email"] = _("Écrivez la nouvelle adresse.")
        if not password:
            errors["password"] = _("Écrivez votre mot de passe.")
    me = await identity.me(token)
    if not errors and email.lower() == me.email:
        errors["email"] = _("C’est déjà l’adresse de votre compte.")
    if not errors:
        try:
            await identity.ask_for_address(email, password, token=token, language=current())
        except ServiceProblem as problem:
            status, errors = _with_password(problem)
        else:
            return await page.render("account/address_asked.html", email=email)
    return await page.render("account/address.html", status=status, present=me.email, email=email, errors=errors)


@router.get("/nouvelle-adresse")
async def confirmation_form(page: CurrentPage, jeton: str = "") -> Response:
    """The page of the link in the mail to the new address: asks for the password."""
    if not jeton:
        return page.go(page.href("/mon-espace/adresse"))
    return await page.render("account/address_confirmed.html", jeton=jeton, errors={}, headers=FOR_EYES_ONLY)


@router.post("/nouvelle-adresse")
async def confirm_address(page: CurrentPage, form: PostedForm) -> Response:
    """Give the account its new address."""
    jeton, password = form.text("jeton"), form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not password:
        errors["password"] = _("Écrivez votre mot de passe.")
    else:
        try:
            await page.client(IdentityClient).confirm_address(jeton, password, language=current())
        except ServiceProblem as problem:
            match problem.status:
                case 401:
                    errors["password"] = _("Ce n’est pas le mot de passe de ce compte.")
                case 409:
                    errors["form"] = _(
                        "Cette adresse a un compte entre-temps : connectez-vous-y, ou effacez-le d’abord."
                    )
                case 410:
                    return await page.render("account/address_over.html", status=410)
                case _:
                    status, errors = refused(problem)
        else:
            path = page.href("/mon-espace" if page.visitor is not None else "/connexion")
            return page.go(path, notice="address-changed")
    return await page.render(
        "account/address_confirmed.html", status=status, jeton=jeton, errors=errors, headers=FOR_EYES_ONLY
    )


@router.get("/mon-espace/effacer")
async def erasure_form(page: CurrentPage) -> Response:
    """Says plainly what goes and what stays, and asks for the password."""
    await page.needed_token()
    return await page.render("account/erasure.html", errors={})


@router.post("/mon-espace/effacer")
async def erase(page: CurrentPage, form: PostedForm) -> Response:
    """Erase the account, and with it every session on this site."""
    token = await page.needed_token()
    password = form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not password:
        errors["password"] = _("Écrivez votre mot de passe.")
    else:
        try:
            await page.client(IdentityClient).erase_me(password, token=token, language=current())
        except ServiceProblem as problem:
            if problem.status == 409:
                status = 409
                errors["form"] = _(
                    "Vous êtes le dernier compte d’administration. Donnez d’abord ce rôle à quelqu’un d’autre."
                )
            else:
                status, errors = _with_password(problem)
        else:
            assert page.visitor is not None
            await page.site.sessions.forget_person(page.visitor)
            response = page.go(page.href("/"), notice="account-erased")
            page.end_session(response)
            return response
    return await page.render("account/erasure.html", status=status, errors=errors)


def _with_password(problem: ServiceProblem) -> tuple[int, dict[str, str]]:
    """What identity did not accept, where the password is the one in use. Raises the problem if it is no such thing."""
    if problem.status == 429:
        return 429, {"form": _(TOO_MANY)}
    if any(error.field.rpartition(".")[2] == "password" for error in problem.errors):
        return 422, {"password": _("Ce n’est pas votre mot de passe.")}
    return refused(problem)
