"""What the pages about accounts answer alike: refusals in words, and the beginning of a session."""

from __future__ import annotations

from starlette.responses import Response

from services.web.language import N_, _
from services.web.page import Page
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient, SignedIn

EXPIRED = N_("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")
TOO_MANY = N_("Trop d’essais. Attendez quelques minutes avant de recommencer.")
FOR_EYES_ONLY = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""Headers of pages whose address holds a secret. With ``no-referrer`` browsers would hide the form's origin too."""

_FIELDS = {
    "email": N_("Cette adresse n’est pas valable. Elle s’écrit nom@exemple.fr."),
    "password": N_(
        "Ce mot de passe ne convient pas. Prenez au moins dix signes, par exemple une suite de mots ; "
        "pas votre adresse."
    ),
    "present": N_("Ce n’est pas votre mot de passe actuel."),
    "display_name": N_("Ce nom ne convient pas. Un à quatre-vingts signes, sur une ligne."),
    "affiliation": N_("Cent soixante signes au plus, sur une ligne."),
    "biography": N_("Mille signes au plus."),
    "orcid": N_("Cet identifiant n’est pas juste. Il a seize chiffres, comme 0000-0002-1825-0097."),
}


def refused(problem: ServiceProblem) -> tuple[int, dict[str, str]]:
    """Status and errors by field of what identity did not accept. Raises the problem if it is no such thing."""
    if problem.status == 429:
        return 429, {"form": _(TOO_MANY)}
    if problem.status not in (400, 422):
        raise problem
    fields = {error.field.rpartition(".")[2] for error in problem.errors}
    errors = {name: _(sentence) for name, sentence in _FIELDS.items() if name in fields}
    return 422, errors or {"form": problem.detail or problem.title}


async def begin_session(page: Page, tokens: SignedIn, path: str, *, notice: str, person: str | None = None) -> Response:
    """Start a session under a new cookie, and go to a path of the site.

    ``person`` is whom the provider vouched for, if it did: the access token must be theirs.
    """
    me = await page.client(IdentityClient).me(tokens.access_token)
    if person is not None and me.id != person:
        raise ValueError("the tokens of one answer are two people's")
    cookie = await page.site.sessions.open(tokens, me, instead_of=page.request.cookies.get(page.site.cookie))
    response = page.go(path, notice=notice)
    page.start_session(response, cookie)
    return response
