"""From the mail after signing up to the usable account, and mails that are asked for again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, FOR_EYES_ONLY, begin_session, refused
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class WantedMail:
    """A mail somebody may ask for, and what its pages say: message ids."""

    path: str
    title: str
    sentence: str
    button: str
    sent: str
    """What is said after it, true whether or not there is an account."""
    send: Callable[[IdentityClient, str], Awaitable[object]]
    """Asks identity for it, given the address."""


UNVERIFIED = WantedMail(
    "/verification/courrier",
    N_("Confirmez votre adresse"),
    N_("Ce compte attend que vous ouvriez le lien reçu par courrier. Il ne vient pas ? Demandez-en un autre."),
    N_("Renvoyer le courrier"),
    N_("Si cette adresse attend une confirmation, un courrier y arrive : ouvrez son lien dans les 24 heures."),
    lambda identity, email: identity.send_verification(email, language=current()),
)
SIGNED_UP = replace(
    UNVERIFIED,
    sent=N_("Un courrier part pour cette adresse. Son lien, à ouvrir dans les 24 heures, ouvre votre compte."),
)
FORGOTTEN = WantedMail(
    "/mot-de-passe-oublie",
    N_("Mot de passe oublié"),
    N_("Donnez l’adresse de votre compte : un courrier vous y mènera à un nouveau mot de passe."),
    N_("Envoyer le courrier"),
    N_("Si cette adresse a un compte, un courrier y arrive : son lien vaut une heure."),
    lambda identity, email: identity.send_reset(email, language=current()),
)


@router.get("/verification")
async def verification_form(page: CurrentPage, jeton: str = "") -> Response:
    """The page of the link in the mail: asks for the password chosen at sign-up."""
    if not jeton:
        return page.go(page.href(UNVERIFIED.path))
    return await page.render("account/verification.html", jeton=jeton, errors={}, headers=FOR_EYES_ONLY)


@router.post("/verification")
async def verify(page: CurrentPage, form: PostedForm) -> Response:
    """Make the account usable and sign in to it."""
    jeton, password = form.text("jeton"), form.text("password", strip=False)
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not password:
        errors["password"] = _("Écrivez votre mot de passe.")
    else:
        try:
            tokens = await page.client(IdentityClient).verify(jeton, password)
        except ServiceProblem as problem:
            match problem.status:
                case 401:
                    errors["password"] = _("Ce n’est pas le mot de passe choisi à l’inscription.")
                case 410:
                    return await link_over(page, UNVERIFIED)
                case _:
                    status, errors = refused(problem)
        else:
            return await begin_session(page, tokens, page.href("/mon-espace"), notice="signed-up")
    return await page.render(
        "account/verification.html", status=status, jeton=jeton, errors=errors, headers=FOR_EYES_ONLY
    )


async def link_over(page: Page, wanted: WantedMail) -> Response:
    """The page for a link that is not good any more, with the way to another one."""
    return await page.render("account/link_over.html", status=410, wanted=wanted, email="", errors={})


def _offer(wanted: WantedMail) -> None:
    """The pages of a mail: the form that asks for it, and what is said once it is on its way."""

    @router.get(wanted.path)
    async def ask(page: CurrentPage) -> Response:
        return await page.render("account/mail_wanted.html", wanted=wanted, email="", errors={})

    @router.post(wanted.path)
    async def send(page: CurrentPage, form: PostedForm) -> Response:
        return await _send(page, form, wanted)


for _wanted in (UNVERIFIED, FORGOTTEN):
    _offer(_wanted)


async def _send(page: Page, form: Posted, wanted: WantedMail) -> Response:
    """Have a mail sent to the address of the form; the answer is the same whoever has it."""
    email = form.text("email")
    errors: dict[str, str] = {}
    status = 422
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not email:
        errors["email"] = _("Écrivez l’adresse e-mail de votre compte.")
    else:
        try:
            await wanted.send(page.client(IdentityClient), email)
        except ServiceProblem as problem:
            status, errors = refused(problem)
        else:
            return await page.render("account/mail_sent.html", wanted=wanted, email=email)
    return await page.render("account/mail_wanted.html", status=status, wanted=wanted, email=email, errors=errors)
