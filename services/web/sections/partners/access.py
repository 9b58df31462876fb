"""What is shown of a change that was refused: what was typed is kept, and each error says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from services.web.forms import Posted
from services.web.language import N_, _
from services.web.page import Page
from services.web.sections.partners.fields import Asked
from shared.clients.base import ServiceDown, ServiceProblem

ORGANIZERS = ("organizer", "admin")
"""Who may call."""
REVIEWERS = ("reviewer",)
CHANGED = 412

EXPIRED = N_("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")


async def may_save(page: Page, form: Posted) -> tuple[str | None, dict[str, str]]:
    """A token, or why there is none; what was typed is shown again either way."""
    try:
        token = await page.token()
    except (ServiceDown, ServiceProblem) as problem:
        return None, refusals(problem, ())
    if token is None:
        return None, {
            "form": _(
                "Votre connexion a pris fin. Votre texte est encore là : connectez-vous dans un autre "
                "onglet, puis enregistrez de nouveau ici."
            )
        }
    return (token, {}) if form.is_ours else (token, {"form": _(EXPIRED)})


def refusals(problem: ServiceProblem | ServiceDown, fields: Sequence[Asked]) -> dict[str, str]:
    """What to say beside each field. Raises the problem when it is not about what was typed (403, 404, 410)."""
    if isinstance(problem, ServiceDown) or problem.status >= 500:
        return {
            "form": _(
                "L’enregistrement ne répond pas. Votre texte est encore là : gardez cette page ouverte et "
                "recommencez dans une minute."
            )
        }
    if problem.status in (401, 403, 404, 410):
        raise problem
    if problem.status == 429:
        return {"form": _("Trop d’enregistrements à la suite. Attendez une minute, rien n’est perdu.")}
    if problem.status in (409, CHANGED):
        return {"form": _("Ce n’est plus possible : l’état a changé pendant que vous le regardiez.")}
    words = {one.name: one.refusal for one in fields}
    errors: dict[str, str] = {}
    for error in problem.errors:
        name = next((part for part in error.field.split(".") if part in words), "form")
        errors[name] = _(words[name]) if name in words else error.message
    return errors or {"form": problem.detail or problem.title}
