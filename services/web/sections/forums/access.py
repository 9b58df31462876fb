"""Who may work on a forum, and what is shown of a change that was refused: what was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.forms import TOKEN_FIELD, Posted
from services.web.language import _
from services.web.page import Page, RoleNeeded
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum

ROLES = ("organizer", "admin")
"""Who may open forums."""

CHANGED = 412


async def organized(page: Page, id: UUID, *, to_change: bool = True) -> tuple[Forum, str]:
    """A forum that the visitor organizes, and their token.

    Raises SignInNeeded, RoleNeeded for who only may read it, HTTPException 409 for one that cannot be changed now,
    ServiceProblem 404.
    """
    token = await page.needed_token()
    forum = await page.client(EventsClient).read(str(id), token=token)
    if not forum.actions:
        raise RoleNeeded(*ROLES)
    if to_change and "edit" not in forum.actions:
        raise HTTPException(409)
    return forum, token


async def kept(page: Page, form: Posted, labels: Mapping[str, str]) -> Response:
    """For who signed in too long ago: what was typed, to be sent again; ``labels`` are message ids of what to show."""
    fields = [
        (name, value) for name, value in form.fields.multi_items() if name != TOKEN_FIELD and isinstance(value, str)
    ]
    return await page.render("forums/kept.html", status=422, fields=fields, labels=labels)


async def may_save(page: Page, form: Posted) -> tuple[str | None, dict[str, str]]:
    """A token, or why there is none; what was typed is shown again either way."""
    try:
        token = await page.token()
    except (ServiceDown, ServiceProblem) as problem:
        return None, refusals(problem, {})
    if token is None:
        return None, {
            "form": _(
                "Votre connexion a pris fin. Votre texte est encore là : connectez-vous dans un autre "
                "onglet, puis enregistrez de nouveau ici."
            )
        }
    if not form.is_ours:
        return token, {"form": _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")}
    return token, {}


def refusals(problem: ServiceProblem | ServiceDown, words: Mapping[str, str]) -> dict[str, str]:
    """What to say beside each field; ``words`` are message ids by field. Raises RoleNeeded, ServiceProblem 404."""
    if isinstance(problem, ServiceDown) or problem.status >= 500:
        return {
            "form": _(
                "L’enregistrement ne répond pas. Votre texte est encore là : gardez cette page ouverte et "
                "recommencez dans une minute."
            )
        }
    if problem.status == 403:
        raise RoleNeeded(*ROLES)
    if problem.status == 404:
        raise problem
    if problem.status == 429:
        return {"form": _("Trop d’enregistrements à la suite. Attendez une minute, rien n’est perdu.")}
    if problem.type.endswith("acronym-taken"):
        return {"acronym": _("Un autre de vos forums porte déjà ce sigle. Choisissez-en un autre.")}
    if problem.type.endswith("room-name-taken"):
        return {"name": _("Une autre salle porte déjà ce nom.")}
    if problem.status == 409:
        return {"form": _("L’état de ce forum a changé : cela n’est plus possible.")}
    errors: dict[str, str] = {}
    for error in problem.errors:
        name = next((part for part in error.field.split(".") if part in words), "form")
        errors[name] = _(words[name]) if name in words else error.message
    return errors or {"form": problem.detail or problem.title}


def say(words: Mapping[str, str], name: str) -> str:
    """What to do about a field, in the current language."""
    return _(words[name])


def version_of(form: Posted) -> int:
    """The version a form was made from; 0 when it does not say."""
    text = form.text("version")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
